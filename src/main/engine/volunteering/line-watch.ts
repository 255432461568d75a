/** Asks the nearest STUN server once a second while calls are carried, and says what share of the line they may have. */
import type { Clock, Timer } from '../outside/index.ts';
import type { PathService } from '../path/types.ts';
import { SAMPLE_MS } from './constants.ts';
import { LineShare } from './line-share.ts';

export interface LineWatchOptions {
  readonly clock: Clock;
  readonly paths: Pick<PathService, 'askNearest' | 'refresh'>;
  /** The share does not fall below it. */
  readonly leastShare: () => number;
  /** The share has changed. */
  readonly onChange: () => void;
}

export class LineWatch {
  readonly #options: LineWatchOptions;
  readonly #line = new LineShare();
  #timer: Timer;
  #stopAsking: (() => void) | undefined;
  #isRunning = false;
  #wasDeaf = false;

  constructor(options: LineWatchOptions) {
    this.#options = options;
  }

  /** Of what the caps allow, from above 0 to 1. */
  get share(): number {
    return this.#line.share;
  }

  /** Twice is fine. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#ask();
  }

  /** Twice is fine. The next time begins with all of it. */
  stop(): void {
    this.#isRunning = false;
    this.#options.clock.clearTimer(this.#timer);
    this.#stopAsking?.();
    this.#stopAsking = undefined;
    this.#line.reset();
  }

  #ask(): void {
    const { clock, paths, leastShare } = this.#options;
    this.#stopAsking?.();
    this.#timer = clock.setTimer(() => this.#ask(), SAMPLE_MS);
    this.#stopAsking = paths.askNearest((trip) => {
      this.#stopAsking = undefined;
      this.#learn(() => {
        if (trip) this.#line.heard(trip, leastShare(), clock.now());
        else this.#line.missed(leastShare());
      });
      // Its name may lead elsewhere by now, or another one is nearer.
      if (this.#line.isDeaf && !this.#wasDeaf) paths.refresh();
      this.#wasDeaf = this.#line.isDeaf;
    });
    if (!this.#stopAsking) this.#learn(() => this.#line.untold());
  }

  #learn(learn: () => void): void {
    const before = this.#line.share;
    learn();
    if (this.#line.share !== before) this.#options.onChange();
  }
}
