/** What prediction and search need of the session they work for. */
import type { Candidate } from '../../../shared/words.ts';
import { isPrivate } from './candidates.ts';
import type { Checklist } from './checklist.ts';
import type { CheckCodec } from './checks.ts';
import type { CandidatePair } from './pair.ts';
import type { Prober } from './prober.ts';
import type { SessionRecord } from './record.ts';
import type { SessionSockets } from './session-sockets.ts';
import type { Surroundings } from './surroundings.ts';

export interface PunchTools {
  readonly around: Surroundings;
  readonly codec: CheckCodec;
  readonly checklist: Checklist;
  readonly prober: Prober;
  readonly record: SessionRecord;
  readonly sockets: SessionSockets;
  /** Our candidates now. */
  readonly localCandidates: () => readonly Candidate[];
}

/**
 * The pairs that lead to where the other side is seen from outside, as its candidates say: from the engine's own IPv4 socket to its
 * server-reflexive addresses, or where it has none because nothing translates it, to its public ones. Predictions and searches go
 * towards these addresses alone.
 */
export function pairsToPublicAddresses({ checklist, around }: PunchTools): CandidatePair[] {
  const own = around.socket('IPv4');
  const pairs = checklist.pairs.filter((pair) => pair.socket === own && !pair.isGuess);
  const mapped = pairs.filter(({ remote }) => remote.type === 'srflx');
  return mapped.length > 0
    ? mapped
    : pairs.filter(({ remote }) => remote.type === 'host' && !isPrivate(remote.address));
}
