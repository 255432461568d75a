/**
 * The STUN service: one UDP socket per address family, or four where it has a second address (RFC 5780). Stateless but for its rate
 * limit.
 */
import type { Socket } from 'node:dgram';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { RATE_MEMORY, type ServerLimits } from '../constants.ts';
import type { Metrics } from '../metrics.ts';
import { limitKey, plainAddress } from '../source-address.ts';
import { KeyedTokenBuckets } from '../token-buckets.ts';
import { type Family, familyOf, pairStunAddresses, type StunAddress, seenFromOutside } from './addresses.ts';
import { type Arrival, answerStun } from './answer.ts';
import { PROBE_SUCCESS_TYPE } from './constants.ts';
import { ALTERNATE_PORT, cornersOf } from './corners.ts';
import { bindHost, bindPlaces, closeSocket } from './sockets.ts';

export type { StunAddress } from './addresses.ts';

/** Where to listen. */
export interface StunListening {
  /** One address, or `::` for both families, as it is for TCP. Not used where there are `addresses`. */
  readonly host: string;
  /** 0 lets the system choose, the same number for all addresses. */
  readonly port: number;
  /** Concrete addresses, at most one a family. */
  readonly addresses?: readonly StunAddress[];
  /** The second address of each family that is to be served by RFC 5780. */
  readonly alternateAddresses?: readonly StunAddress[];
  /** The second port of those; the one after `port` without. 0 lets the system choose. */
  readonly alternatePort?: number;
}

export interface StunParts {
  readonly clock: Clock;
  readonly limits: ServerLimits;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What came in and is the answer to a probe of a node, sent with `send`. */
  readonly onProbeAnswer?: (datagram: Buffer, address: string, port: number) => void;
}

export interface StunServer {
  readonly port: number;
  /** Undefined where there is no second address. */
  readonly alternatePort: number | undefined;
  /** IPv6 is left out where the machine has none. */
  readonly families: readonly Family[];
  /** Where clients find it; empty unless `addresses` were given. */
  readonly publicAddresses: readonly string[];
  /** What it is bound to: the first address of each place, and the second where there is one. */
  readonly hosts: readonly { readonly primary: string; readonly alternate?: string | undefined }[];
  /** Sends from the first port of the first address; false where there is no socket of the family. */
  send(datagram: Buffer, address: string, port: number): boolean;
  close(): Promise<void>;
}

/**
 * Binds and answers.
 *
 * @throws PortTakenError, BindAddressError, StunAddressError
 */
export async function startStunServer(listening: StunListening, parts: StunParts): Promise<StunServer> {
  const { host, port, addresses = [], alternateAddresses = [], alternatePort } = listening;
  const places = pairStunAddresses(host, addresses, alternateAddresses);
  const rate = new KeyedTokenBuckets(
    { perSecond: parts.limits.stunRequestsPerSecond, burst: parts.limits.stunBurst },
    RATE_MEMORY,
  );
  const bound = places
    ? await bindPlaces(places, port, alternatePort)
    : (await bindHost(host, port)).map((socket) => ({ place: undefined, sockets: [socket] }));
  for (const { place, sockets } of bound) {
    const corners = place?.alternate && cornersOf(place.primary, place.alternate, sockets);
    for (const at of sockets.keys()) serve(sockets, at, corners && { corners, at }, rate, parts);
  }
  const all = bound.flatMap(({ sockets }) => sockets);
  const pair = bound.find(({ place }) => place?.alternate);
  let closing: Promise<void> | undefined;
  return {
    port: all[0]?.address().port ?? port,
    alternatePort: pair?.sockets[ALTERNATE_PORT]?.address().port,
    families: bound.map(({ sockets }) => familyOfSocket(sockets[0])),
    publicAddresses: addresses.map(seenFromOutside),
    hosts: places?.map(({ primary, alternate }) => ({
      primary: primary.address,
      alternate: alternate?.address,
    })) ?? [{ primary: host }],
    send(datagram, address, toPort) {
      const socket = bound.find(({ sockets }) => familyOfSocket(sockets[0]) === familyOf(address))
        ?.sockets[0];
      socket?.send(datagram, toPort, address, ignoreSendResult);
      return socket !== undefined;
    },
    close() {
      closing ??= Promise.all(all.map(closeSocket)).then(() => undefined);
      return closing;
    },
  };
}

function serve(
  sockets: readonly Socket[],
  at: number,
  arrival: Arrival | undefined,
  rate: KeyedTokenBuckets,
  { clock, logger, metrics, onProbeAnswer }: StunParts,
): void {
  const socket = sockets[at];
  const family = familyOfSocket(socket);
  socket?.on('message', (datagram, from) => {
    if (from.port === 0 || !rate.take(limitKey(from.address), clock.now())) {
      metrics.stunRequests.inc({ family, result: 'limited' });
      return;
    }
    if (isProbeAnswer(datagram)) {
      metrics.stunRequests.inc({ family, result: 'probe-answer' });
      onProbeAnswer?.(datagram, plainAddress(from.address), from.port);
      return;
    }
    const answer = answerStun(datagram, plainAddress(from.address), from.port, arrival);
    metrics.stunRequests.inc({ family, result: answer.result });
    // With its zone, where a link-local address has one: the answer goes back out of the same interface.
    if (answer.datagram) {
      sockets[answer.corner]?.send(answer.datagram, answer.port, from.address, ignoreSendResult);
    }
  });
  socket?.on('error', (error) => logger.warn({ error: error.message, family }, 'STUN socket'));
}

function isProbeAnswer(datagram: Buffer): boolean {
  return datagram.length >= 2 && datagram.readUInt16BE(0) === PROBE_SUCCESS_TYPE;
}

function familyOfSocket(socket: Socket | undefined): Family {
  return socket?.address().family === 'IPv6' ? 'IPv6' : 'IPv4';
}

/** An answer that cannot be sent is a lost datagram; the client asks again. */
function ignoreSendResult(): void {}
