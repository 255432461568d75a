/** A UDP socket of this machine: Node's, or read by the forwarder for a while. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Elsewhere, MovableSocket } from '../forwarder/index.ts';
import type { AddressFamily, DatagramHandler, DatagramSocket } from './index.ts';

/** Kernel buffers that hold about half a second of a 20 Mbit/s call, so that a busy moment of this process loses nothing. */
const SOCKET_BUFFER_BYTES = 1 << 20;

/** As `Network.bind` says. */
export async function bindUdp(
  family: AddressFamily,
  port: number,
  onDatagram: DatagramHandler,
  onError: (error: Error) => void,
  address?: string,
): Promise<DatagramSocket> {
  const socket = newSocket(family);
  const listening = once(socket, 'listening');
  socket.bind({ port, address, exclusive: true });
  try {
    await listening;
  } catch (error) {
    // What was not bound has a descriptor all the same, which nobody else would give back.
    socket.close();
    throw error;
  }
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // Some systems cap the size with an error; their own size then stays, which only costs headroom.
  }
  if (family === 'IPv4' && address !== undefined) {
    try {
      // A question to everybody goes out where the address it is asked from is, whatever the routes say.
      socket.setMulticastInterface(address);
    } catch {
      // Then it goes out where the routes lead; everything else is as before.
    }
  }
  return new UdpSocket(family, socket, onDatagram, onError);
}

// A look-up that answers at once instead of dgram's own saved no measurable time and made round trips 2 ms longer.
const newSocket = (family: AddressFamily): Socket =>
  createSocket({ type: family === 'IPv4' ? 'udp4' : 'udp6', ipv6Only: family === 'IPv6' });

class UdpSocket implements MovableSocket {
  readonly family: AddressFamily;
  readonly port: number;
  readonly #onDatagram: DatagramHandler;
  readonly #onError: (error: Error) => void;
  #socket: Socket;
  #elsewhere: Elsewhere | undefined;
  #open = true;

  constructor(
    family: AddressFamily,
    socket: Socket,
    onDatagram: DatagramHandler,
    onError: (error: Error) => void,
  ) {
    this.family = family;
    this.port = socket.address().port;
    this.#onDatagram = onDatagram;
    this.#onError = onError;
    this.#socket = socket;
    this.#listen(socket);
  }

  send(
    bytes: Buffer,
    offset: number,
    length: number,
    port: number,
    address: string,
    sent?: (error: Error | null) => void,
  ): void {
    if (!this.#open) {
      sent?.(new Error('socket closed'));
    } else if (this.#elsewhere) {
      const error = this.#elsewhere.send(bytes, offset, length, port, address);
      if (sent) process.nextTick(sent, error);
    } else {
      // A datagram that could not be sent is a lost datagram: checks and consent notice when it matters. Without a callback
      // dgram says nothing of it.
      this.#socket.send(bytes, offset, length, port, address, sent);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#elsewhere) this.#elsewhere.close();
    else closeSoon(this.#socket);
  }

  move(elsewhere: Elsewhere): void {
    this.#elsewhere = elsewhere;
    closeSoon(this.#socket);
  }

  comeBack(fd: number): void {
    const socket = newSocket(this.family);
    this.#socket = socket;
    this.#listen(socket);
    socket.bind({ fd, exclusive: true }, () => {
      this.#elsewhere = undefined;
      if (!this.#open) socket.close();
    });
  }

  deliver(datagram: Buffer, address: string, port: number): void {
    if (this.#open) this.#onDatagram(datagram, address, port);
  }

  #listen(socket: Socket): void {
    socket.on('message', (datagram, from) => this.deliver(datagram, from.address, from.port));
    socket.on('error', this.#onError);
  }
}

/** dgram hands a datagram to the system a tick after `send`: a farewell would be dropped with a socket that closes now. */
function closeSoon(socket: Socket): void {
  setImmediate(() => socket.close());
}
