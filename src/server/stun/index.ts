/** The STUN service: one UDP socket per address family on one port, stateless but for its rate limit. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { RATE_MEMORY, type ServerLimits } from '../constants.ts';
import { BindAddressError, bindError, PortTakenError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import { limitKey, plainAddress } from '../source-address.ts';
import { KeyedTokenBuckets } from '../token-buckets.ts';
import { answerStun } from './answer.ts';
import { PORT_ATTEMPTS } from './constants.ts';

export interface StunParts {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface StunServer {
  readonly port: number;
  /** IPv6 is left out where the machine has none. */
  readonly families: readonly ('IPv4' | 'IPv6')[];
  close(): Promise<void>;
}

/**
 * Binds and answers. `::` means both families, as it does for TCP; any other address its own family.
 *
 * @param port 0 lets the system choose, the same number for both families
 * @throws PortTakenError, BindAddressError
 */
export async function startStunServer(host: string, port: number, parts: StunParts): Promise<StunServer> {
  const sockets = await bindFamilies(host, port);
  const rate = new KeyedTokenBuckets(
    { perSecond: parts.limits.stunRequestsPerSecond, burst: parts.limits.stunBurst },
    RATE_MEMORY,
  );
  for (const socket of sockets) serve(socket, rate, parts);
  const first = sockets[0]?.address();
  let closing: Promise<void> | undefined;
  return {
    port: first?.port ?? port,
    families: sockets.map((socket) => (socket.address().family === 'IPv6' ? 'IPv6' : 'IPv4')),
    close() {
      closing ??= Promise.all(sockets.map(closeSocket)).then(() => undefined);
      return closing;
    },
  };
}

function serve(socket: Socket, rate: KeyedTokenBuckets, { clock, logger, metrics }: StunParts): void {
  const family = socket.address().family;
  socket.on('message', (datagram, from) => {
    if (from.port === 0 || !rate.take(limitKey(from.address), clock.now())) {
      metrics.stunRequests.inc({ family, result: 'limited' });
      return;
    }
    const answer = answerStun(datagram, plainAddress(from.address), from.port);
    metrics.stunRequests.inc({ family, result: answer.result });
    // With its zone, where a link-local address has one: the answer goes back out of the same interface.
    if (answer.datagram) socket.send(answer.datagram, from.port, from.address, ignoreSendResult);
  });
  socket.on('error', (error) => logger.warn({ error: error.message, family }, 'STUN socket'));
}

/** An answer that cannot be sent is a lost datagram; the client asks again. */
function ignoreSendResult(): void {}

async function bindFamilies(host: string, port: number): Promise<Socket[]> {
  if (host !== '::') return [await bind(isIPv6(host) ? 'udp6' : 'udp4', host, port)];
  for (let attempt = 1; ; attempt++) {
    const ipv4 = await bind('udp4', '0.0.0.0', port);
    try {
      return [ipv4, await bind('udp6', '::', ipv4.address().port)];
    } catch (error) {
      if (error instanceof BindAddressError) return [ipv4]; // This machine has no IPv6.
      await closeSocket(ipv4);
      const mayTryAgain = error instanceof PortTakenError && port === 0 && attempt < PORT_ATTEMPTS;
      if (!mayTryAgain) throw error;
    }
  }
}

async function bind(type: 'udp4' | 'udp6', address: string, port: number): Promise<Socket> {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    await closeSocket(socket);
    throw bindError(error, 'UDP', address, port);
  }
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
