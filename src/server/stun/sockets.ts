/** The UDP sockets of the STUN service. Everything that was opened is closed again when one of them cannot be had. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { BindAddressError, bindError, PortTakenError } from '../errors.ts';
import type { StunPlace } from './addresses.ts';
import { PORT_ATTEMPTS } from './constants.ts';
import { ALTERNATE_ADDRESS, ALTERNATE_PORT, CORNERS } from './corners.ts';

/**
 * One socket, or one a family on the same port for `::`.
 *
 * @param port 0 lets the system choose
 * @throws PortTakenError, BindAddressError
 */
export async function bindHost(host: string, port: number): Promise<Socket[]> {
  if (host !== '::') return [await bind(host, port)];
  return withAttempts(port === 0, async (open) => {
    const ipv4 = await open('0.0.0.0', port);
    try {
      return [ipv4, await open('::', ipv4.address().port)];
    } catch (error) {
      if (error instanceof BindAddressError) return [ipv4]; // This machine has no IPv6.
      throw error;
    }
  });
}

/** A place with its sockets: four in the order of the corners where it has an alternate, one otherwise. */
export interface BoundPlace {
  readonly place: StunPlace;
  readonly sockets: readonly Socket[];
}

/**
 * Binds all places. The port numbers are the same everywhere.
 *
 * @param port 0 lets the system choose
 * @param alternatePort the same; the next one without it
 * @throws PortTakenError, BindAddressError
 */
export async function bindPlaces(
  places: readonly StunPlace[],
  port: number,
  alternatePort: number = port === 0 ? 0 : port + 1,
): Promise<BoundPlace[]> {
  return withAttempts(port === 0 || alternatePort === 0, async (open) => {
    const ports = { primary: port, alternate: alternatePort };
    const bound: BoundPlace[] = [];
    for (const place of places) {
      const sockets: Socket[] = [];
      for (let corner = 0; corner < (place.alternate ? CORNERS : 1); corner++) {
        const { address } = (corner & ALTERNATE_ADDRESS && place.alternate) || place.primary;
        const which = corner & ALTERNATE_PORT ? 'alternate' : 'primary';
        const flag = which === 'primary' ? '--stun-port' : '--stun-alternate-port';
        const socket = await open(address, ports[which], flag);
        ports[which] = socket.address().port;
        sockets.push(socket);
      }
      bound.push({ place, sockets });
    }
    return bound;
  });
}

type Open = (address: string, port: number, flag?: string) => Promise<Socket>;

/** Binds several sockets or none; where the system chose a number that is not free everywhere, another one will do. */
async function withAttempts<Sockets>(
  systemChooses: boolean,
  bindAll: (open: Open) => Promise<Sockets>,
): Promise<Sockets> {
  for (let attempt = 1; ; attempt++) {
    const opened: Socket[] = [];
    try {
      return await bindAll(async (...place) => {
        const socket = await bind(...place);
        opened.push(socket);
        return socket;
      });
    } catch (error) {
      await Promise.all(opened.map(closeSocket));
      const mayTryAgain = error instanceof PortTakenError && systemChooses && attempt < PORT_ATTEMPTS;
      if (!mayTryAgain) throw error;
    }
  }
}

async function bind(address: string, port: number, flag = '--stun-port'): Promise<Socket> {
  const type = isIPv6(address) ? 'udp6' : 'udp4';
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    await closeSocket(socket);
    throw bindError(error, 'UDP', address, port, flag);
  }
}

export function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
