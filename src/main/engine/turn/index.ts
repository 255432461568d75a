/** Opening an allocation at a TURN server, over UDP, TCP or TLS. */
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import { parseTurnUri, type TurnServer, type TurnUri } from '../../../shared/turn-uri.ts';
import type { LegFailure } from '../carrier/leg.ts';
import type { DatagramSocket, Outside } from '../outside/index.ts';
import { canonicalIp } from '../stun/ip.ts';
import { Allocation } from './allocation.ts';
import { MAX_ALLOCATIONS } from './constants.ts';
import { DatagramLink } from './datagram-link.ts';
import type { TurnLinkEnd } from './link.ts';
import { StreamLink } from './stream-link.ts';

export { Allocation } from './allocation.ts';

export interface AllocationRequest {
  readonly server: TurnServer;
  /** Certificates in PEM that are trusted in place of the well-known authorities', for tests. */
  readonly trusted?: string;
  readonly onState: (allocation: Allocation) => void;
}

export interface AllocationWorld {
  readonly outside: Pick<Outside, 'clock' | 'random' | 'network'>;
  readonly logger: Logger;
  /** What comes in on an allocation, as if it came from the other side's relayed address. */
  readonly onDatagram: (socket: DatagramSocket, datagram: Buffer, address: string, port: number) => void;
}

/** The allocations of this engine, so that none outlives it. */
export class Allocations {
  readonly #world: AllocationWorld;
  readonly #open = new Set<Allocation>();

  constructor(world: AllocationWorld) {
    this.#world = world;
  }

  /** Null where there are too many. */
  open(request: AllocationRequest): Allocation | null {
    if (this.#open.size >= MAX_ALLOCATIONS) return null;
    const allocation = openAllocation(this.#world, {
      ...request,
      onState: (changed) => {
        if (changed.state === 'closed' || changed.state === 'failed') this.#open.delete(changed);
        request.onState(changed);
      },
    });
    this.#open.add(allocation);
    return allocation;
  }

  close(): void {
    for (const allocation of [...this.#open]) allocation.close();
  }
}

/** Starts to ask. What cannot be had ends in state `failed`; `onState` is never called before this returns. */
export function openAllocation(
  { outside, logger, onDatagram }: AllocationWorld,
  { server, trusted, onState }: AllocationRequest,
): Allocation {
  const { username, credential } = server;
  const { clock, random } = outside;
  const allocation = new Allocation({ clock, random, username, credential, onDatagram, onState });
  reach(allocation, outside, server, trusted).catch((error: unknown) => {
    logger.info({ err: error }, 'a TURN server could not be reached');
    allocation.linkGone('no-answer');
  });
  return allocation;
}

async function reach(
  allocation: Allocation,
  { clock, network }: AllocationWorld['outside'],
  server: TurnServer,
  trusted: string | undefined,
): Promise<void> {
  const uri = parseTurnUri(server.uri);
  if (!uri) throw new Error('not the address of a TURN server');
  const address = await addressOf(uri, network);
  if (allocation.state === 'closed') return;
  const { port } = uri;
  const onUnit = (unit: Buffer) => allocation.receive(unit);
  const onGone = (end: TurnLinkEnd) => allocation.linkGone(failureOf(end));
  if (uri.transport === 'udp') {
    allocation.start(await DatagramLink.open({ network, address, port, onUnit, onGone }));
    return;
  }
  const link: StreamLink = new StreamLink({
    clock,
    address,
    port,
    ...(uri.secure && { tlsName: uri.host }),
    trusted,
    onUnit,
    onGone,
    onOpen: () => allocation.start(link),
  });
  allocation.hold(link);
}

function failureOf(end: TurnLinkEnd): LegFailure {
  return end === 'not-trusted' ? 'refused' : 'no-answer';
}

async function addressOf({ host }: TurnUri, network: Pick<Outside['network'], 'lookup'>): Promise<string> {
  const found = isIP(host) === 0 ? (await network.lookup(host))[0]?.address : host;
  const address = found === undefined ? null : canonicalIp(found);
  if (address === null) throw new Error('the name leads nowhere');
  return address;
}
