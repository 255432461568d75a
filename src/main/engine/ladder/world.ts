/** What a call's ladder needs of the engine: the server that is in use now, the sockets, and what the user wants. */
import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { CarrierEnd, ClientConfiguration } from '../../../shared/rendezvous.ts';
import { publicKeyFrom } from '../identity/ed25519.ts';
import type { PathService } from '../path/index.ts';
import type { RendezvousClient } from '../rendezvous/client.ts';
import type { LadderWorld } from './types.ts';

export interface EngineLadderParts {
  readonly paths: PathService;
  /** Null where there is none. */
  readonly client: () => RendezvousClient | null;
  /** As it was dialled; empty where there is none. */
  readonly serverUrl: () => string;
  readonly hidesAddress: () => boolean;
  /** Whether a ticket leads to a node of this very machine. */
  readonly isOwnNode: (ticket: Buffer) => boolean;
}

export class EngineLadderWorld implements LadderWorld {
  readonly #parts: EngineLadderParts;
  #ticketKey: KeyObject | null = null;
  #offersTurn = false;

  constructor(parts: EngineLadderParts) {
    this.#parts = parts;
  }

  /** The server has said how it is set up. */
  configure({ ticketKey, turn }: Pick<ClientConfiguration, 'ticketKey' | 'turn'>): void {
    this.#ticketKey = ticketKey === undefined ? null : publicKeyFrom(Buffer.from(ticketKey, 'base64url'));
    this.#offersTurn = turn === true;
  }

  ticketKey(): KeyObject | null {
    return this.#ticketKey;
  }

  offersTurn(): boolean {
    return this.#offersTurn;
  }

  async findCarriers(...question: Parameters<LadderWorld['findCarriers']>) {
    return (await this.#parts.client()?.findCarriers(...question))?.carriers ?? null;
  }

  async findTurn(signal: AbortSignal) {
    return (await this.#parts.client()?.findTurn(signal))?.servers ?? null;
  }

  reportCarrier(...report: Parameters<LadderWorld['reportCarrier']>): void {
    this.#parts.client()?.reportCarrier(...report);
  }

  doubtConnection(): void {
    this.#parts.client()?.reconnectNow();
  }

  serverUrl(): URL | undefined {
    const url = this.#parts.serverUrl();
    return URL.canParse(url) ? new URL(url) : undefined;
  }

  openLeg(request: Parameters<LadderWorld['openLeg']>[0]) {
    return this.#parts.isOwnNode(request.ticket) ? null : this.#parts.paths.openLeg(request);
  }

  openAllocation(request: Parameters<LadderWorld['openAllocation']>[0]) {
    return this.#parts.paths.openAllocation(request);
  }

  hidesAddress(): boolean {
    return this.#parts.hidesAddress();
  }

  withoutUdp(): boolean {
    return this.#parts.paths.udp() === 'silent';
  }

  ownEnd(): CarrierEnd {
    const { paths } = this.#parts;
    const { stun } = paths.networkState();
    const mapped = stun.find(({ nearest }) => nearest)?.mapped;
    return {
      ...(mapped && isIPv4(mapped.address) && { address: mapped.address, port: mapped.port }),
      udp: this.withoutUdp() ? 'blocked' : 'unknown',
      behaviour: paths.behaviour(),
      landmarks: stun.flatMap(({ server, rttMs }) => (rttMs === undefined ? [] : [{ server, rttMs }])),
    };
  }
}
