/**
 * What was used and done, by month, by day and ever. What is about to be used is on disk first, so that neither a kill nor a second start
 * hands out an allowance twice: what a killed run had set aside counts as used.
 */
import type { VolunteerState } from '../../../shared/volunteer.ts';
import type { Store, VolunteeringRecord } from '../store/index.ts';
import { dayBefore, dayOf, monthOf, nextMonthMs } from './calendar.ts';
import { DAYS_SHOWN, MAX_DAYS, MAX_MONTHS, WAYS } from './constants.ts';

/** What has come about since the last count. */
export interface Increment {
  /** Passed on, each byte once. */
  readonly bytes: number;
  readonly peopleHelped: number;
  readonly worked: number;
  readonly failed: number;
}

export class Ledger {
  readonly #store: Store['volunteering'];
  readonly #wallNow: () => number;
  /** What is so. On disk the month is ahead of it. */
  #record: VolunteeringRecord;
  #onDisk: VolunteeringRecord;
  #isLost = false;
  /** As it was when there was last a look at the clock. */
  #month: string;

  /** @param wallNow ms since 1970 */
  constructor(store: Store['volunteering'], wallNow: () => number) {
    this.#store = store;
    this.#wallNow = wallNow;
    this.#record = store.load();
    this.#onDisk = this.#record;
    this.#month = monthOf(wallNow());
  }

  get pausedUntilMs(): number | null {
    return this.#record.pausedUntilMs;
  }

  /** @throws StoreUnwritableError; nothing has changed then */
  setPause(untilMs: number | null): void {
    this.#save({ ...this.#onDisk, pausedUntilMs: untilMs });
    this.#record = { ...this.#record, pausedUntilMs: untilMs };
  }

  /** In and out in the present month, bytes. */
  get usedBytes(): number {
    return this.#used(this.#record, monthOf(this.#wallNow()));
  }

  /** When the clock has come to another month since the last time, or was set, nobody knows what belongs to which: both have it. */
  count({ bytes, peopleHelped, worked, failed }: Increment): void {
    const nowMs = this.#wallNow();
    const months = new Set([this.#month, monthOf(nowMs)]);
    this.#month = monthOf(nowMs);
    if (bytes + peopleHelped + worked + failed === 0) return;
    const ever = this.#record;
    const add = (known: Record<string, number>, names: Iterable<string>, more: number) =>
      more === 0
        ? known
        : { ...known, ...Object.fromEntries([...names].map((name) => [name, (known[name] ?? 0) + more])) };
    this.#record = {
      pausedUntilMs: ever.pausedUntilMs,
      months: add(ever.months, months, WAYS * bytes),
      days: add(ever.days, [dayOf(nowMs)], bytes),
      bytesForwarded: ever.bytesForwarded + bytes,
      peopleHelped: ever.peopleHelped + peopleHelped,
      worked: ever.worked + worked,
      failed: ever.failed + failed,
    };
  }

  /**
   * Sees to it that so many bytes more than were used are on disk for the present month. Writes where that is not so yet.
   *
   * @param leastBytes that must be there
   * @param bytes that are set aside when it has to be written
   * @throws StoreUnwritableError
   */
  setAside(leastBytes: number, bytes: number): void {
    const month = monthOf(this.#wallNow());
    const used = this.#used(this.#record, month);
    if (this.#used(this.#onDisk, month) >= used + leastBytes) return;
    const months = { ...this.#record.months, [month]: used + Math.max(leastBytes, Math.ceil(bytes)) };
    this.#save({ ...this.#pruned(), months });
  }

  /**
   * Writes what was used, and takes back what was set aside.
   *
   * @param always also where nothing has changed, to see whether it can be written
   * @throws StoreUnwritableError
   */
  settle(always = false): void {
    if (always || this.#onDisk !== this.#record) this.#save(this.#pruned());
    this.#record = this.#onDisk;
  }

  /** Whether what is counted here still counts; what another process has added meanwhile is taken over. @throws StoreUnreadableError */
  hold(): boolean {
    const held = this.#store.hold();
    this.#isLost = held === 'lost';
    if (held === 'again') {
      this.#record = this.#store.load();
      this.#onDisk = this.#record;
    }
    return held !== 'lost';
  }

  state(): Pick<VolunteerState, 'days' | 'peopleHelpedEver' | 'bytesForwardedEver' | 'worked' | 'failed'> & {
    readonly renewsMs: number;
  } {
    const nowMs = this.#wallNow();
    const { days, peopleHelped, bytesForwarded, worked, failed } = this.#record;
    const [first, last] = [dayBefore(nowMs, DAYS_SHOWN - 1), dayOf(nowMs)];
    return {
      renewsMs: nextMonthMs(nowMs),
      days: Object.entries(days)
        .map(([day, bytes]) => ({ day, bytes }))
        .filter(({ day }) => day >= first && day <= last)
        .sort((a, b) => (a.day < b.day ? -1 : 1)),
      peopleHelpedEver: peopleHelped,
      bytesForwardedEver: bytesForwarded,
      worked,
      failed,
    };
  }

  #used({ months }: VolunteeringRecord, month: string): number {
    const known = months[month];
    if (known === undefined && Object.keys(months).length >= MAX_MONTHS) return Number.MAX_SAFE_INTEGER;
    return known ?? 0;
  }

  /** Without the oldest days, of which there are far more than are shown: the clock may be wrong today. */
  #pruned(): VolunteeringRecord {
    const days = Object.entries(this.#record.days);
    if (days.length <= MAX_DAYS) return this.#record;
    const newest = days.sort(([a], [b]) => (a < b ? -1 : 1)).slice(-MAX_DAYS);
    return { ...this.#record, days: Object.fromEntries(newest) };
  }

  /** What another process has in its hands now is not written over. */
  #save(record: VolunteeringRecord): void {
    if (this.#isLost) return;
    this.#store.save(record);
    this.#onDisk = record;
  }
}
