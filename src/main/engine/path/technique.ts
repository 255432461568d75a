/** How two machines behind their NATs can find each other, decided from what each side tells. Both sides come to the same answer. */
import type { NetworkWord } from '../../../shared/signal.ts';

/**
 * What a NAT does with one socket's checks to several addresses:
 *   still          the mapping is one and the same: what STUN saw is what everyone sees
 *   steps          a new port for every address (or every address and port), one after the other
 *   chance         a new port each time, by chance
 *   unknown        it could not be told
 */
export type Mapping =
  | { readonly kind: 'still' }
  | {
      readonly kind: 'steps';
      readonly stride: number;
      /** Another port of the same address gets a new mapping, too. */
      readonly everyPort: boolean;
    }
  | { readonly kind: 'chance' }
  | { readonly kind: 'unknown' };

export type Technique =
  /** Ordinary checks do, or nothing better is known. */
  | { readonly kind: 'ordinary' }
  /** Ports that follow a sample are tried. */
  | { readonly kind: 'prediction'; readonly own: Mapping; readonly theirs: Mapping }
  /** One side opens many sockets, the other one tries many ports. */
  | { readonly kind: 'search'; readonly we: 'open-sockets' | 'try-ports' }
  /** Neither side can know where the other one will be. */
  | { readonly kind: 'hopeless' };

const ORDINARY: Technique = { kind: 'ordinary' };

export function chooseTechnique(own: NetworkWord | undefined, theirs: NetworkWord | undefined): Technique {
  if (letsAnyoneIn(own) || letsAnyoneIn(theirs)) return ORDINARY;
  const ours = mappingOf(own);
  const other = mappingOf(theirs);
  if (ours.kind === 'unknown' || other.kind === 'unknown') return ORDINARY;
  if (ours.kind === 'still' || other.kind === 'still') {
    const moving = ours.kind === 'still' ? other : ours;
    const still = ours.kind === 'still' ? own : theirs;
    // Its filter opens for an address as a whole, so the port that cannot be known does not matter.
    if (moving.kind === 'still' || still?.behaviour?.filtering === 'address-dependent') return ORDINARY;
    if (moving.kind === 'steps') return { kind: 'prediction', own: ours, theirs: other };
    return { kind: 'search', we: moving === ours ? 'open-sockets' : 'try-ports' };
  }
  if (ours.kind === 'steps' && other.kind === 'steps') {
    return { kind: 'prediction', own: ours, theirs: other };
  }
  return { kind: 'hopeless' };
}

/**
 * What is sent to the address that STUN saw gets in, whoever sends it, and is answered from there. Where the answer leaves from another
 * port, letting in is not enough: the other side's filter stands in its way.
 */
function letsAnyoneIn(word: NetworkWord | undefined): boolean {
  return word?.behaviour?.filtering === 'endpoint-independent' && mappingOf(word).kind === 'still';
}

function mappingOf(word: NetworkWord | undefined): Mapping {
  const behaviour = word?.behaviour;
  if (!behaviour) return { kind: 'unknown' };
  const { translated, mapping, allocation } = behaviour;
  if (!translated || mapping === 'endpoint-independent') return { kind: 'still' };
  if (mapping === undefined || allocation === undefined) return { kind: 'unknown' };
  if (allocation.kind === 'random') return { kind: 'chance' };
  if (allocation.kind !== 'sequential' || allocation.stride === 0) return { kind: 'unknown' };
  return {
    kind: 'steps',
    stride: allocation.stride,
    everyPort: mapping === 'address-and-port-dependent',
  };
}
