/** What a router's word is worth: whether the mapping is offered to others, and what a person is told of it. */
import type { RouterReport } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import { isPrivate } from './addresses.ts';

export interface Judgement {
  readonly offer: boolean;
  readonly verdict: Pick<RouterReport, 'state' | 'doubt'>;
}

/**
 * A mapping is offered when a datagram came through it, or when its address is the one that STUN servers see and no proof failed: what a
 * router invents then leads to nobody but ourselves.
 *
 * @param seen our addresses as STUN servers see them
 * @param proved whether a datagram came through; undefined when nobody could tell
 */
export function judge(
  external: TransportAddress,
  seen: readonly string[],
  proved: boolean | undefined,
): Judgement {
  if (proved === true) return { offer: true, verdict: { state: 'proved' } };
  if (seen.includes(external.address)) {
    return proved === false
      ? { offer: false, verdict: { state: 'untrue', doubt: 'nothing-arrives' } }
      : { offer: true, verdict: { state: 'mapped' } };
  }
  if (isPrivate(external.address)) {
    return { offer: false, verdict: { state: 'untrue', doubt: 'private-address' } };
  }
  return seen.length > 0
    ? { offer: false, verdict: { state: 'untrue', doubt: 'other-address' } }
    : { offer: false, verdict: { state: 'mapped' } };
}
