/** Ports for a server that is told its ports instead of taking what is free: found, and kept for it until it has ended. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';

/**
 * A loopback address that nothing here serves. Whoever listens at a port of it has claimed that port number on all loopback addresses among
 * the tests of this machine; the kernel takes the claim back when its process ends, however it ends.
 */
const CLAIM_ADDRESS = '127.255.255.254';
/** Below are ports that system services are known by, and most of those that people give to servers of their own. */
const FIRST_PORT = 20_000;
const LAST_PORT = 65_535;
/** ip(7): from the first to the last of these are given to sockets that ask for any port. */
const EPHEMERAL_RANGE = '/proc/sys/net/ipv4/ip_local_port_range';
/** What Linux comes with, where it does not say. */
const COMMON_EPHEMERAL_RANGE = '32768 60999';
/** So many taken ports in a row are no accident. */
const MOST_TRIES = 1_000;

export interface ClaimedPorts {
  readonly ports: readonly [number, number];
  /** From now on others may have them. Twice is fine. */
  release(): void;
}

/**
 * Claims two ports that are free for UDP and TCP at all of these addresses, and that the kernel gives to nobody who did not ask for them by
 * number, so that they are still free when a server binds them.
 *
 * @throws Error when there are none
 */
export async function claimPorts(addresses: readonly string[]): Promise<ClaimedPorts> {
  const candidates = await nobodysPorts();
  const claims: { port: number; claim: Server }[] = [];
  const release = () => {
    for (const { claim } of claims) claim.close();
  };
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = candidates[randomInt(candidates.length)] ?? FIRST_PORT;
    const claim = await listening(CLAIM_ADDRESS, port);
    if (claim === undefined) continue;
    if (await isFree(addresses, port)) claims.push({ port, claim });
    else claim.close();
    const [one, other] = claims;
    if (one && other) return { ports: [one.port, other.port], release };
  }
  release();
  throw new Error(`${MOST_TRIES} ports in a row are taken`);
}

/** Where the kernel hands out every port, all are as good as any. */
async function nobodysPorts(): Promise<readonly number[]> {
  const range = await readFile(EPHEMERAL_RANGE, 'utf8').catch(() => COMMON_EPHEMERAL_RANGE);
  const [first = 0, last = 0] = range.trim().split(/\s+/).map(Number);
  const all = Array.from({ length: LAST_PORT - FIRST_PORT + 1 }, (_, index) => FIRST_PORT + index);
  const outside = all.filter((port) => port < first || port > last);
  return outside.length > MOST_TRIES ? outside : all;
}

async function isFree(addresses: readonly string[], port: number): Promise<boolean> {
  for (const address of addresses) {
    const server = await listening(address, port);
    server?.close();
    if (server === undefined || !(await isFreeForUdp(address, port))) return false;
  }
  return true;
}

async function listening(address: string, port: number): Promise<Server | undefined> {
  const server = createServer((connection) => connection.destroy());
  server.listen({ host: address, port, exclusive: true });
  // Rejects with the error where there is one.
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  return isListening ? server.unref() : undefined;
}

async function isFreeForUdp(address: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.bind({ address, port, exclusive: true });
  const isBound = await once(socket, 'listening').then(
    () => true,
    () => false,
  );
  socket.close();
  return isBound;
}
