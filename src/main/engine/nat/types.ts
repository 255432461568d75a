/** What the rest of the engine sees of NAT behaviour discovery, and what the discovery needs of it. */
import type { FamilyReport, NatBehaviour } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily } from '../outside/index.ts';
import type { Transactions } from '../stun/transactions.ts';

/** What is known of the NATs before this machine. */
export interface NatKnowledge {
  /** What was found so far; a fact that is absent could not be told, or not yet. */
  behaviour(family: AddressFamily): NatBehaviour | undefined;
  report(family: AddressFamily): FamilyReport;
  /** Whether anything is still being found out that takes seconds, not minutes. */
  readonly running: boolean;
  /** Calls back when the report changed; returns what stops it. */
  onChange(listener: () => void): () => void;
  /**
   * The public address and port that the NAT gives a mapping made this moment, from a new socket to the nearest STUN server: the
   * start for predicting the next ones. One round trip; null after `SAMPLE_PAUSES_MS` without an answer, or where there is no server.
   */
  sampleNextPort(family: AddressFamily, signal?: AbortSignal): Promise<TransportAddress | null>;
}

/** A socket that questions go out from, and where their answers come in. */
export interface Road {
  readonly localPort: number;
  readonly transactions: Transactions;
  /** Ends every question that is open on it. */
  readonly closed: AbortSignal;
  /** Called with the transaction ID of each Binding request that comes in and belongs to no call. */
  readonly arrivals: Set<(transactionId: Buffer) => void>;
  send(datagram: Buffer, port: number, address: string): void;
}
