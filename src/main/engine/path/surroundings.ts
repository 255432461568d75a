/** What the sessions of one engine share. */
import type { Logger } from 'pino';
import type { NatBehaviour, NetworkReport } from '../../../shared/network.ts';
import type { Candidate, TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, DatagramSocket, Outside } from '../outside/index.ts';
import type { Transactions } from '../stun/transactions.ts';
import type { FramePool } from './frames.ts';
import type { SearchBudget } from './search-budget.ts';

/** What is known of the network this machine is in. */
export interface NetworkKnowledge {
  udp(): NetworkReport['udp'];
  /** What was found so far of the NATs before our sockets of a family. */
  behaviour(family: AddressFamily): NatBehaviour | undefined;
  /** The public address and port that the NAT gives a mapping made this moment. Ends in time; null where it could not be told. */
  sampleNextPort(family: AddressFamily, signal?: AbortSignal): Promise<TransportAddress | null>;
}

export interface Surroundings {
  readonly outside: Outside;
  readonly transactions: Transactions;
  readonly frames: FramePool;
  readonly logger: Logger;
  socket(family: AddressFamily): DatagramSocket | undefined;
  /** A socket beside the engine's own, or undefined where there are `MAX_EXTRA_SOCKETS` already or the system gives none. */
  openExtraSocket(family: AddressFamily): Promise<DatagramSocket | undefined>;
  closeExtraSocket(socket: DatagramSocket): void;
  readonly searchBudget: SearchBudget;
  readonly network: NetworkKnowledge;
  /** Our candidates now, best first. */
  candidates(): Candidate[];
  /** Whether loopback candidates of the other side may be tried. */
  acceptsLoopback(): boolean;
  /** Something may have changed unseen: looks at the interfaces, and asks the STUN servers where we are. */
  lookAgain(): void;
}

/** The network changed: which of our addresses are gone, and whether any address of an interface came or went. */
export interface LocalChange {
  readonly gone: ReadonlySet<string>;
  readonly interfacesChanged: boolean;
}
