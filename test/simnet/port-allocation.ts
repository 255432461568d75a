/** How a NAT chooses the outside port of a new mapping (RFC 4787 §4.2). */
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { PortAllocation } from '../../src/shared/network.ts';

/** RFC 4787 §4.2.1: NATs keep off the well-known ports. 65,536 − 1,024 = 64,512 are left. */
export const FIRST_PORT = 1_024;
export const PORT_COUNT = 64_512;

export type Allocation = PortAllocation & {
  /** New mappings a second that other machines behind the same NAT make. They take ports of a sequence. */
  readonly othersPerSecond?: number;
};

export class PortAllocator {
  readonly #allocation: Allocation;
  readonly #random: SeededRandom;
  /** The last port of the sequence. */
  #last: number;
  #lookedAtMs: number;

  constructor(allocation: Allocation, random: SeededRandom, nowMs: number) {
    this.#allocation = allocation;
    this.#random = random;
    this.#last = random.integer(PORT_COUNT);
    this.#lookedAtMs = nowMs;
  }

  /** The port for an inside socket's new mapping, or undefined when every port is taken. */
  allocate(insidePort: number, nowMs: number, isTaken: (port: number) => boolean): number | undefined {
    let offset = this.#firstOffset(insidePort, nowMs);
    // Past a taken port by single steps: with a stride that divides the range, strides alone would miss most ports.
    const step = this.#allocation.kind === 'sequential' ? Math.sign(this.#allocation.stride) : 1;
    for (let tries = 0; tries < PORT_COUNT; tries++) {
      const port = FIRST_PORT + offset;
      if (!isTaken(port)) {
        if (this.#allocation.kind === 'sequential') this.#last = offset;
        return port;
      }
      offset = this.#allocation.kind === 'random' ? this.#random.integer(PORT_COUNT) : wrap(offset + step);
    }
    return undefined;
  }

  #firstOffset(insidePort: number, nowMs: number): number {
    switch (this.#allocation.kind) {
      case 'preserving':
        return wrap(insidePort - FIRST_PORT);
      case 'sequential':
        this.#last = wrap(this.#last + this.#allocation.stride * this.#takenByOthers(nowMs));
        return wrap(this.#last + this.#allocation.stride);
      case 'random':
        return this.#random.integer(PORT_COUNT);
    }
  }

  /** Poisson's count since the last look: intervals between arrivals are drawn until they pass the time that went by. */
  #takenByOthers(nowMs: number): number {
    const { othersPerSecond = 0 } = this.#allocation;
    const passedMs = nowMs - this.#lookedAtMs;
    this.#lookedAtMs = nowMs;
    if (othersPerSecond === 0) return 0;
    const drawMs = () => (-Math.log(1 - this.#random.fraction()) * 1_000) / othersPerSecond;
    let count = 0;
    for (let atMs = drawMs(); atMs < passedMs && count < PORT_COUNT; atMs += drawMs()) count++;
    return count;
  }
}

function wrap(offset: number): number {
  return ((offset % PORT_COUNT) + PORT_COUNT) % PORT_COUNT;
}
