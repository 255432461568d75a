/** How a NAT chooses ports (RFC 4787 §4.2), from several new mappings in the order they were made. */
import type { NatDependence, PortAllocation } from '../../../shared/network.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import { MAX_STRIDE, MIN_ALLOCATION_SAMPLES } from './constants.ts';

/** One new mapping. */
export interface AllocationSample {
  readonly localPort: number;
  readonly mapped: TransportAddress;
}

const PORTS = 65_536;

/**
 * Decides by majority, because others behind the same NAT make mappings in between. Undefined when there are too few samples.
 *
 * In sequence: at least half of the steps from one sample to the next are small and in one direction. By chance a step is small with probability
 * 128 / 65,536, so two of two or three of five are no chance. The stride is the commonest such step, the smallest of those as common.
 *
 * @param samples in the order in which the mappings were made
 * @param mapping a NAT whose mappings depend on the other side keeps the port for the first of them at most, which is no rule for the next
 */
export function allocationFrom(
  samples: readonly AllocationSample[],
  mapping: NatDependence | undefined,
): PortAllocation | undefined {
  const comparable = fromOneAddress(samples);
  const chosen = comparable.filter(({ localPort, mapped }) => localPort !== mapped.port);
  const depends = mapping !== undefined && mapping !== 'endpoint-independent';
  if (!depends && comparable.length >= 2 && chosen.length * 2 < comparable.length)
    return { kind: 'preserving' };
  if (chosen.length < MIN_ALLOCATION_SAMPLES) return undefined;
  const steps = chosen
    .slice(1)
    .map(({ mapped }, index) => signedStep(chosen[index]?.mapped.port ?? 0, mapped.port));
  const stride = commonStride(steps);
  return stride === undefined ? { kind: 'random' } : { kind: 'sequential', stride };
}

/** A NAT with several public addresses counts ports for each of them: only those of the commonest one can be compared. */
function fromOneAddress(samples: readonly AllocationSample[]): readonly AllocationSample[] {
  const from = (wanted: string) => samples.filter(({ mapped }) => mapped.address === wanted);
  const groups = samples.map(({ mapped }) => from(mapped.address));
  return groups.sort((a, b) => b.length - a.length)[0] ?? [];
}

/** The way from one port to another, the shorter way round. */
function signedStep(from: number, to: number): number {
  const step = (to - from + PORTS) % PORTS;
  return step > PORTS / 2 ? step - PORTS : step;
}

function commonStride(steps: readonly number[]): number | undefined {
  const isSmall = (step: number) => step !== 0 && Math.abs(step) <= MAX_STRIDE;
  const upward = steps.filter((step) => isSmall(step) && step > 0);
  const downward = steps.filter((step) => isSmall(step) && step < 0);
  const small = upward.length >= downward.length ? upward : downward;
  if (small.length * 2 < steps.length || small.length < 2) return undefined;
  const count = (wanted: number) => small.filter((step) => step === wanted).length;
  return [...small].sort((a, b) => count(b) - count(a) || Math.abs(a) - Math.abs(b))[0];
}
