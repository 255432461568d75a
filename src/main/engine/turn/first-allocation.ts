/** The first of several TURN servers to give an address: one after another, so that one that is silent holds nobody up. */
import type { TurnServer } from '../../../shared/turn-uri.ts';
import type { LegFailure } from '../carrier/leg.ts';
import type { Clock, Timer } from '../outside/index.ts';
import type { Allocation } from './allocation.ts';
import { SERVER_STAGGER_MS } from './constants.ts';

export interface FirstAllocationOptions {
  readonly clock: Clock;
  /** In the order in which they are asked. */
  readonly servers: readonly TurnServer[];
  /** Null where this machine cannot. */
  readonly open: (server: TurnServer, onState: (allocation: Allocation) => void) => Allocation | null;
  readonly onAllocated: (allocation: Allocation) => void;
  /** The one that was had has changed: it is bound, or lost. */
  readonly onState: (allocation: Allocation) => void;
  /** None is to be had. */
  readonly onFailed: (failure: LegFailure) => void;
}

export class FirstAllocation {
  /** Once there is one. */
  allocation: Allocation | undefined;
  readonly #options: FirstAllocationOptions;
  readonly #trying = new Set<Allocation>();
  #next = 0;
  #lastFailure: LegFailure = 'no-answer';
  #timer: Timer;
  #closed = false;

  constructor(options: FirstAllocationOptions) {
    this.#options = options;
  }

  start(): void {
    this.#tryNext();
  }

  /** Gives what was had, and what is tried, back. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTrying();
    this.allocation?.close();
  }

  #tryNext(): void {
    const { clock, servers, open, onFailed } = this.#options;
    clock.clearTimer(this.#timer);
    const server = servers[this.#next++];
    if (server) {
      const allocation = open(server, (changed) => this.#changed(changed));
      if (allocation) this.#trying.add(allocation);
      if (this.#next < servers.length) {
        this.#timer = clock.setTimer(() => this.#tryNext(), allocation ? SERVER_STAGGER_MS : 0);
        return;
      }
    }
    if (this.#trying.size === 0) onFailed(this.#lastFailure);
  }

  #changed(allocation: Allocation): void {
    if (this.#closed) return;
    if (allocation === this.allocation) {
      this.#options.onState(allocation);
    } else if (allocation.state === 'allocated' && !this.allocation) {
      this.#trying.delete(allocation);
      this.#stopTrying();
      this.allocation = allocation;
      this.#options.onAllocated(allocation);
    } else if (allocation.state === 'failed' && this.#trying.delete(allocation)) {
      this.#lastFailure = allocation.failure ?? 'no-answer';
      if (this.#trying.size === 0) this.#tryNext();
    }
  }

  #stopTrying(): void {
    this.#options.clock.clearTimer(this.#timer);
    const trying = [...this.#trying];
    this.#trying.clear();
    for (const allocation of trying) allocation.close();
  }
}
