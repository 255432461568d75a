/** What the sessions of one engine share. */
import type { Logger } from 'pino';
import type { Candidate } from '../../../shared/words.ts';
import type { AddressFamily, DatagramSocket, Outside } from '../outside/index.ts';
import type { Transactions } from '../stun/transactions.ts';
import type { FramePool } from './frames.ts';

export interface Surroundings {
  readonly outside: Outside;
  readonly transactions: Transactions;
  readonly frames: FramePool;
  readonly logger: Logger;
  socket(family: AddressFamily): DatagramSocket | undefined;
  /** Our candidates now, best first. */
  candidates(): Candidate[];
  /** Whether loopback candidates of the other side may be tried. */
  acceptsLoopback(): boolean;
}

/** The network changed: which of our addresses are gone, and whether any address of an interface came or went. */
export interface LocalChange {
  readonly gone: ReadonlySet<string>;
  readonly interfacesChanged: boolean;
}
