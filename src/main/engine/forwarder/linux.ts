/**
 * The system calls by which Linux takes and gives datagrams in batches, called through koffi. Pointers are plain numbers here: what they point to
 * is memory of `Memory`, which its owner keeps alive.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { endianness } from 'node:os';
import type koffi from 'koffi';
import type { AddressFamily } from '../outside/index.ts';

type Koffi = typeof koffi;

/** Of errno, Linux. */
export const EINTR = 4;
export const EAGAIN = 11;

const MSG_DONTWAIT = 0x40;
const F_DUPFD_CLOEXEC = 1030;
const EFD_CLOEXEC_NONBLOCK = 0o2004000;

/** What is called with plain numbers; a result below 0 is an errno with the sign turned. */
export interface LinuxCalls {
  addressOf(memory: Uint8Array): number;
  /** @returns datagrams received into the vector of `mmsghdr` at `vector` */
  receive(fd: number, vector: number, count: number): number;
  /** @returns datagrams of the vector that left */
  send(fd: number, vector: number, count: number): number;
  /** One datagram. */
  sendTo(fd: number, bytes: number, length: number, sockaddr: number, sockaddrLength: number): number;
  /** @param fds address of `count` structures pollfd */
  poll(fds: number, count: number, limitMs: number): number;
  nap(us: number): void;
  /** A counter that can be polled: what wakes a thread out of `poll`. */
  newEvent(): number;
  signal(event: number): void;
  clear(event: number): void;
  duplicate(fd: number): number;
  close(fd: number): void;
}

/** Undefined where this is not a Linux of 64 bits, or koffi has no build for it. */
export function loadLinuxCalls(): LinuxCalls | undefined {
  // The structures are laid out for LP64 and little endian (x86-64, arm64, riscv64).
  const isKnown = ['x64', 'arm64', 'riscv64'].includes(process.arch) && endianness() === 'LE';
  if (process.platform !== 'linux' || !isKnown) return undefined;
  try {
    const library = createRequire(import.meta.url)('koffi') as Koffi;
    return bindCalls(library);
  } catch {
    return undefined; // Not installed, or not for this C library.
  }
}

function bindCalls(library: Koffi): LinuxCalls {
  const libc = library.load(null);
  const recvmmsg = libc.func('int recvmmsg(int, uintptr_t, uint32_t, int, uintptr_t)');
  const sendmmsg = libc.func('int sendmmsg(int, uintptr_t, uint32_t, int)');
  const sendto = libc.func('intptr_t sendto(int, uintptr_t, size_t, int, uintptr_t, uint32_t)');
  const poll = libc.func('int poll(uintptr_t, ulong, int)');
  const usleep = libc.func('int usleep(uint32_t)');
  const eventfd = libc.func('int eventfd(uint32_t, int)');
  const read = libc.func('intptr_t read(int, uintptr_t, size_t)');
  const write = libc.func('intptr_t write(int, uintptr_t, size_t)');
  const fcntl = libc.func('int fcntl(int, int, int)');
  const close = libc.func('int close(int)');
  const errno = library.errno;
  const orErrno = (result: number): number => (result < 0 ? -errno() : result);
  const counter = new BigUint64Array(1);
  counter[0] = 1n;
  const one = Number(library.address(counter));
  const into = new BigUint64Array(1);
  const scratch = Number(library.address(into));
  return {
    addressOf: (memory) => Number(library.address(memory)),
    receive: (fd, vector, count) => orErrno(recvmmsg(fd, vector, count, MSG_DONTWAIT, 0)),
    send: (fd, vector, count) => orErrno(sendmmsg(fd, vector, count, MSG_DONTWAIT)),
    sendTo: (fd, bytes, length, sockaddr, sockaddrLength) =>
      orErrno(Number(sendto(fd, bytes, length, MSG_DONTWAIT, sockaddr, sockaddrLength))),
    poll: (fds, count, limitMs) => orErrno(poll(fds, count, limitMs)),
    nap: (us) => void usleep(us),
    newEvent: () => orErrno(eventfd(0, EFD_CLOEXEC_NONBLOCK)),
    // The closures keep what `one` and `scratch` point to.
    signal: (event) => void (counter.length > 0 && write(event, one, 8)),
    clear: (event) => void (into.length > 0 && read(event, scratch, 8)),
    duplicate: (fd) => orErrno(fcntl(fd, F_DUPFD_CLOEXEC, 0)),
    close: (fd) => void close(fd),
  };
}

/**
 * The descriptor of a UDP socket of this process, which Node does not tell: the kernel lists sockets with their inode (proc(5)).
 * Undefined where none or more than one is bound to that port.
 */
export function descriptorOf(family: AddressFamily, port: number): number | undefined {
  try {
    const list = readFileSync(`/proc/self/net/${family === 'IPv4' ? 'udp' : 'udp6'}`, 'latin1');
    const inodes = new Set(inodesOn(list, port));
    const found = readdirSync('/proc/self/fd').filter((name) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(name))?.[1];
      return inode !== undefined && inodes.has(inode);
    });
    return found.length === 1 ? Number(found[0]) : undefined;
  } catch {
    return undefined; // No /proc, or one that is hidden from us.
  }
}

/** The inodes of sockets bound to a port, whatever their address: the lines of /proc/net/udp. */
export function inodesOn(list: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return list.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[1]?.endsWith(`:${wanted}`) && fields[9] ? [fields[9]] : [];
  });
}

function linkOf(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    return ''; // Closed meanwhile; also the descriptor of the listing itself.
  }
}
