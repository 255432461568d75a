/** The relay's UDP sockets, in the form that bridges send on. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import type { DatagramSocket } from '../../main/engine/outside/index.ts';
import { BindAddressError, bindError } from '../errors.ts';
import { SOCKET_BUFFER_BYTES } from './constants.ts';

export type GuestDatagram = (socket: DatagramSocket, datagram: Buffer, address: string, port: number) => void;

export interface BoundSocket extends DatagramSocket {
  closed(): Promise<void>;
}

/**
 * One socket, or one a family on the same port for `::`.
 *
 * @param port 0 lets the system choose
 * @throws PortTakenError, BindAddressError
 */
export async function bindRelay(
  host: string,
  port: number,
  onDatagram: GuestDatagram,
  logger: Logger,
): Promise<BoundSocket[]> {
  if (host !== '::') return [await bind(host, port, onDatagram, logger)];
  const ipv4 = await bind('0.0.0.0', port, onDatagram, logger);
  try {
    return [ipv4, await bind('::', ipv4.port, onDatagram, logger)];
  } catch (error) {
    if (error instanceof BindAddressError) return [ipv4]; // This machine has no IPv6.
    await ipv4.closed();
    throw error;
  }
}

async function bind(
  address: string,
  port: number,
  onDatagram: GuestDatagram,
  logger: Logger,
): Promise<BoundSocket> {
  const type = isIPv6(address) ? 'udp6' : 'udp4';
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening');
  } catch (error) {
    await closed(socket);
    throw bindError(error, 'UDP', address, port, '--relay-port');
  }
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // Some systems cap the size with an error; their own size then stays, which only costs headroom.
  }
  const bound: BoundSocket = {
    family: type === 'udp6' ? 'IPv6' : 'IPv4',
    port: socket.address().port,
    // A datagram that could not be sent is a lost datagram.
    send: (bytes, offset, length, toPort, toAddress, sent) =>
      socket.send(bytes, offset, length, toPort, toAddress, sent),
    close: () => void closed(socket),
    closed: () => closed(socket),
  };
  socket.on('message', (datagram, from) => onDatagram(bound, datagram, from.address, from.port));
  socket.on('error', (error) => logger.warn({ error: error.message }, 'relay socket'));
  return bound;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
