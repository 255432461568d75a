/** What is asked of a machine's path service, and what it finds. */
import type { FamilyReport } from '../../src/shared/network.ts';

export interface NetworkQuestion {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Longest time to look, ms. */
  readonly limitMs: number;
  /** Whether to look to the end for the life of a mapping too. */
  readonly lifetime: boolean;
}

export interface FoundNetwork {
  readonly udp: string;
  /** Of IPv4. */
  readonly report: FamilyReport;
  readonly ipv6: FamilyReport;
  /** From the STUN servers' names to mapping and allocation, ms; null when they were not found. */
  readonly mappingMs: number | null;
  /** To the end of the run, ms. */
  readonly wholeMs: number;
}
