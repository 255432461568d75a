/** What this process costs the machine: processor time and memory, all of Byway's engine, whoever caused it. */
import type { VolunteerState } from '../../../shared/volunteer.ts';
import type { Clock } from '../outside/index.ts';
import { COST_MS } from './constants.ts';

export interface Usage {
  /** Of one processor, microseconds since the start. */
  readonly cpuUs: number;
  readonly memoryBytes: number;
}

export class Cost {
  readonly #clock: Clock;
  readonly #usage: () => Usage;
  #last: Usage;
  #measuredAtMs: number;
  #cpuPercent = 0;

  constructor(clock: Clock, usage: () => Usage = usageOfThisProcess) {
    this.#clock = clock;
    this.#usage = usage;
    this.#last = usage();
    this.#measuredAtMs = clock.now();
  }

  /** Measured anew when the last time was `COST_MS` ago. */
  read(): VolunteerState['cost'] {
    const nowMs = this.#clock.now();
    const passedMs = nowMs - this.#measuredAtMs;
    if (passedMs >= COST_MS) {
      const usage = this.#usage();
      this.#cpuPercent = (100 * (usage.cpuUs - this.#last.cpuUs)) / (passedMs * 1_000);
      this.#last = usage;
      this.#measuredAtMs = nowMs;
    }
    return { cpuPercent: Math.round(this.#cpuPercent * 10) / 10, memoryBytes: this.#last.memoryBytes };
  }
}

function usageOfThisProcess(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, memoryBytes: process.memoryUsage.rss() };
}
