/**
 * Judges a node by what came through it, against what the other side says it sent: datagrams that are missing, come too late or out of
 * order, and others that nobody sent, or that came twice.
 */
import {
  CONDEMNING_SCORE,
  GRACE_MS,
  MAX_LISTED,
  MAX_WAITING_TALLIES,
  OVERTAKEN_PLACES,
  REMEMBERED,
  RIGHT_SCORE,
  WRONG_SCORE,
} from './constants.ts';
import type { Tally } from './tally.ts';

/** What a node did, in the words that are reported: `slow` is everything that hurts a call and may be no fault of its own. */
export type Misdeed = 'slow' | 'altered';

interface Waiting {
  readonly tally: Tally;
  readonly dueAtMs: number;
  /** How many datagrams had come when it did. */
  readonly cameAt: number;
}

export class Judge {
  /** The last datagrams that came, in a ring, and whether a list has named them. */
  readonly #marks = new Uint16Array(REMEMBERED);
  readonly #isNamed = new Uint8Array(REMEMBERED);
  #came = 0;
  #waiting: Waiting[] = [];
  /** Listed ones that had not come when their grace was over. */
  readonly #missing: number[] = [];
  #nextNumber = 0;
  /** Lists that followed one another without a gap: from the third on, all that came between two of them must have been named. */
  #chain: { readonly number: number; readonly cameAt: number; readonly isWhole: boolean }[] = [];
  #score = 0;
  /** Since the score last was 0: listed and not come, and come and never sent. */
  #lost = 0;
  #strange = 0;

  /** Something that was sent has not come. */
  get hasMissed(): boolean {
    return this.#missing.length > 0;
  }

  /** The per-packet path. */
  received(mark: number): void {
    const at = this.#came++ % REMEMBERED;
    this.#marks[at] = mark;
    this.#isNamed[at] = 0;
  }

  /** The other side's list came. A copy of one, or one that was overtaken, is nothing new. */
  told(tally: Tally, nowMs: number): void {
    if (tally.number < this.#nextNumber || this.#waiting.length === MAX_WAITING_TALLIES) return;
    this.#nextNumber = tally.number + 1;
    this.#waiting.push({ tally, dueAtMs: nowMs + GRACE_MS, cameAt: this.#came });
  }

  /** Looks at the lists whose grace is over. Undefined while there is nothing to say against the node. */
  verdict(nowMs: number): Misdeed | undefined {
    for (let next = this.#waiting[0]; next && next.dueAtMs <= nowMs; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#weigh(next);
    }
    if (this.#score < CONDEMNING_SCORE) return undefined;
    return (this.#strange + this.#unclaimed()) * 2 > this.#lost ? 'altered' : 'slow';
  }

  #weigh({ tally, cameAt }: Waiting): void {
    const last = this.#chain.at(-1);
    // A new beginning: what came before it was not listed.
    if (last && tally.number !== last.number + 1) this.#chain = [];
    if (this.#chain.length === 0) this.#nameAll(cameAt - tally.count);
    let farthest = -1;
    for (const mark of tally.marks) {
      const at = this.#find(mark);
      if (at === undefined) this.#noteMissing(mark);
      else if (at < farthest - OVERTAKEN_PLACES) this.#score += WRONG_SCORE;
      else this.#noteRight();
      if (at !== undefined) farthest = Math.max(farthest, at);
    }
    this.#chain.push({ number: tally.number, cameAt, isWhole: tally.count <= MAX_LISTED });
    const [before, between, after] = this.#chain.slice(-3);
    if (before && between && after && before.isWhole && between.isWhole && after.isWhole) {
      this.#lookForStrangers(before.cameAt, between.cameAt);
    }
    if (this.#chain.length > 3) this.#chain.shift();
  }

  /** The oldest datagram of that mark that no list has named; names it. Gives its place in the order of coming. */
  #find(mark: number): number | undefined {
    for (let at = Math.max(0, this.#came - REMEMBERED); at < this.#came; at++) {
      const slot = at % REMEMBERED;
      if (this.#isNamed[slot] === 0 && this.#marks[slot] === mark) {
        this.#isNamed[slot] = 1;
        return at;
      }
    }
    return undefined;
  }

  #nameAll(until: number): void {
    for (let at = Math.max(0, this.#came - REMEMBERED); at < until; at++) this.#isNamed[at % REMEMBERED] = 1;
  }

  /** What came between two lists must be in one of them, or in the one before or after. */
  #lookForStrangers(from: number, to: number): void {
    for (let at = Math.max(from, this.#came - REMEMBERED); at < to; at++) {
      const slot = at % REMEMBERED;
      if (this.#isNamed[slot] !== 0) continue;
      this.#isNamed[slot] = 1;
      // It came after its grace: that was counted when it was missing.
      if (this.#wasMissing(this.#marks[slot] ?? 0)) continue;
      this.#score += WRONG_SCORE;
      if (!this.#isCopy(at)) this.#strange++;
    }
  }

  /** How many came for the last list and are not in it, before it is certain that the next one has not got them either. */
  #unclaimed(): number {
    const [before, last] = this.#chain.slice(-2);
    let count = 0;
    for (let at = Math.max(before?.cameAt ?? 0, this.#came - REMEMBERED); last && at < last.cameAt; at++) {
      const slot = at % REMEMBERED;
      if (this.#isNamed[slot] !== 0 || this.#missing.includes(this.#marks[slot] ?? 0)) continue;
      if (!this.#isCopy(at)) count++;
    }
    return count;
  }

  /** Whether the same came at another time as well. */
  #isCopy(place: number): boolean {
    const mark = this.#marks[place % REMEMBERED];
    for (let at = Math.max(0, this.#came - REMEMBERED); at < this.#came; at++) {
      if (at !== place && this.#marks[at % REMEMBERED] === mark) return true;
    }
    return false;
  }

  #noteMissing(mark: number): void {
    this.#score += WRONG_SCORE;
    this.#lost++;
    this.#missing.push(mark);
    if (this.#missing.length > MAX_LISTED) this.#missing.shift();
  }

  #wasMissing(mark: number): boolean {
    const index = this.#missing.indexOf(mark);
    if (index >= 0) this.#missing.splice(index, 1);
    return index >= 0;
  }

  #noteRight(): void {
    this.#score = Math.max(0, this.#score - RIGHT_SCORE);
    if (this.#score > 0) return;
    this.#lost = 0;
    this.#strange = 0;
  }
}
