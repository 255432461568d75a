/** What a ladder is given. */
import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { Carrier, CarrierEnd, CarrierOutcome } from '../../../shared/rendezvous.ts';
import type { CarrierOffer } from '../../../shared/signal.ts';
import type { Leg } from '../carrier/leg.ts';
import type { LegRequest } from '../carrier/legs.ts';
import type { Outside } from '../outside/index.ts';
import type { PathSession } from '../path/index.ts';
import type { CarriersQuestion } from '../rendezvous/questions.ts';
import type { TurnWorld } from './turn-rung.ts';

/** What a ladder needs of the world outside the call. */
export interface LadderWorld extends TurnWorld {
  /** Asks the rendezvous server; null when it cannot be asked now. */
  findCarriers(question: CarriersQuestion, signal: AbortSignal): Promise<readonly Carrier[] | null>;
  /** Tells the server how a node did, if it can be told now. */
  reportCarrier(carrier: string, outcome: CarrierOutcome): void;
  /** What the server signs tickets with, as it told us itself; null where it signs none. */
  ticketKey(): KeyObject | null;
  /** The server as we reach it; undefined where there is none. */
  serverUrl(): URL | undefined;
  openLeg(request: LegRequest): Leg | null;
  /** UDP reaches nobody from here. */
  withoutUdp(): boolean;
  /** The user does not want the other side to learn our address. */
  hidesAddress(): boolean;
  /** The connection to the server may be dead: it has to prove that it is not. */
  doubtConnection(): void;
  /** Our end of a call, as a choice of carriers sees it. */
  ownEnd(): CarrierEnd;
}

export interface LadderOptions {
  readonly outside: Pick<Outside, 'clock' | 'network' | 'random'>;
  readonly world: LadderWorld;
  readonly session: PathSession;
  readonly logger: Logger;
  /** Both ends of the call as a choice of carriers sees them, ours first. */
  readonly ends: () => CarriersQuestion['ends'];
  /** Whom the call is with. */
  readonly otherUser: string;
  readonly tell: (offers: CarrierOffer[]) => void;
  /** Two people talk: worth keeping a carrier for. */
  readonly isAnswered: () => boolean;
}
