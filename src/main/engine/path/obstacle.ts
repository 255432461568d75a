/** Why there is no path, in one of the words that the interface has a sentence for. */
import type { PathObstacle } from '../../../shared/call.ts';
import type { NetworkWord } from '../../../shared/signal.ts';
import type { Technique } from './technique.ts';

/** Called when every check had its time and nothing is being tried any more. The first that is true is the reason. */
export function obstacleOf(
  own: NetworkWord,
  theirs: NetworkWord | undefined,
  technique: Technique,
): PathObstacle {
  if (own.udp === 'blocked') return 'udp-blocked-here';
  if (theirs?.udp === 'blocked') return 'udp-blocked-there';
  switch (technique.kind) {
    case 'hopeless':
      return 'both-unpredictable';
    case 'search':
      return 'port-not-found';
    case 'prediction':
      return 'port-not-predicted';
    case 'ordinary':
      return 'no-answer';
  }
}

/** Whether ordinary checks, and prediction, are in vain as far as both networks are known: what is left, a search, takes seconds. */
export function isLongShot(own: NetworkWord, theirs: NetworkWord | undefined, { kind }: Technique): boolean {
  return own.udp === 'blocked' || theirs?.udp === 'blocked' || kind === 'hopeless' || kind === 'search';
}

/** Whether trying longer is in vain: what stands in the way is known, and it is not luck. */
export function isHopeless(obstacle: PathObstacle | undefined): boolean {
  return (
    obstacle === 'both-unpredictable' || obstacle === 'udp-blocked-here' || obstacle === 'udp-blocked-there'
  );
}
