/**
 * Steers a session: lets the best pair carry and says so to the other side, keeps what carries alive, notices when it went silent, and
 * has what failed tried again.
 */
import type { Timer } from '../outside/index.ts';
import { Audit } from './audit/index.ts';
import type { Checklist } from './checklist.ts';
import type { CheckCodec } from './checks.ts';
import {
  CONSENT_EXPIRY_MS,
  PULSE_MS,
  RENEW_CHECK_MS,
  RETRY_FAILED_MS,
  SILENT_MS,
  STEADY_PULSE_MS,
  STRANDED_MS,
  STRANDED_PERIOD_MS,
  TICK_MS,
  UPGRADE_PERIOD_MS,
  URGENT_PERIOD_MS,
} from './constants.ts';
import { Hearing } from './hearing.ts';
import { isCheckDue, nextConsentAtMs, standbyPairs, validPairs } from './liveness.ts';
import { type CandidatePair, endText } from './pair.ts';
import type { Prober } from './prober.ts';
import type { Punching } from './punching.ts';
import type { SessionRecord } from './record.ts';
import type { Selection } from './selection.ts';
import type { Surroundings } from './surroundings.ts';

export interface SteeringOptions {
  readonly around: Surroundings;
  readonly codec: CheckCodec;
  readonly record: SessionRecord;
  readonly checklist: Checklist;
  readonly prober: Prober;
  readonly punching: Punching;
  readonly selection: Selection;
  /** Whether one side hides its address, so that only carriers will do. */
  readonly avoidsDirect: () => boolean;
  /** Nothing comes any more, and no pair that is known answers. */
  readonly onStranded: () => void;
}

export class Steering {
  readonly #options: SteeringOptions;
  #activeSinceMs = 0;
  readonly #hearing = new Hearing();
  #urgentAtMs = Number.NEGATIVE_INFINITY;
  #strandedAtMs = Number.NEGATIVE_INFINITY;
  #nextTickAtMs = Number.NEGATIVE_INFINITY;
  #hasSettled = false;
  #everOpen = false;
  #timer: Timer;
  #running = false;
  readonly #onPulse = () => this.#pulse();

  /** Whether nodes do what they should. */
  readonly audit: Audit;

  constructor(options: SteeringOptions) {
    this.#options = options;
    const { around, prober, record } = options;
    this.audit = new Audit({
      clock: around.outside.clock,
      send: (pair, tally, onAck) => prober.tell(pair, tally, onAck),
      isItsFault: (pair, withinMs) => this.#isQuickerElsewhere(pair, withinMs),
      onCondemned: (pair, misdeed) => {
        pair.isLeaving = true;
        record.announce((events) => events.emit('condemned', pair.socket, misdeed));
        this.select();
      },
    });
  }

  /** When the pair that carries now began to, ms since the call began. */
  get activeSinceMs(): number {
    return this.#activeSinceMs;
  }

  /** The pair that carries brings what it should. */
  get isHeard(): boolean {
    return !(this.#hearing.isFlowing && this.#hearing.silenceMs >= STRANDED_MS);
  }

  /** The other side is known: what there is to do is looked at from now on. */
  begin(): void {
    this.#running = true;
    this.#pulse();
  }

  close(): void {
    this.#running = false;
    this.#options.around.outside.clock.clearTimer(this.#timer);
  }

  /** Something authentic came in on a pair. */
  received(pair: CandidatePair): void {
    this.#hearing.received(pair, this.#now());
  }

  /** An ack came. `moved`: the other side sees us at another address than before. */
  acked(pair: CandidatePair, moved: boolean): void {
    this.received(pair);
    if (moved && pair === this.#options.selection.nominated) this.#nominate(pair);
    this.select();
  }

  /** Decides which pair carries datagrams. Called whenever something that matters was learnt. */
  select(): void {
    if (!this.#running) return;
    const { selection, codec, checklist, record } = this.#options;
    const nowMs = this.#now();
    const chosen = selection.decide(codec.role, checklist.pairs, this.#hearing, nowMs);
    if (!chosen) return;
    if (chosen !== selection.active) this.#activate(chosen);
    if (selection.nominated !== chosen) this.#nominate(chosen);
    if (record.state !== 'open' && nowMs - this.#hearing.lastReceivedAtMs < SILENT_MS) this.#opened();
  }

  /** A pair was taken away with the socket it had. */
  removed(pair: CandidatePair): void {
    const { selection } = this.#options;
    if (selection.nominated === pair) selection.nominated = undefined;
    if (selection.active === pair) this.#dropActive();
  }

  /** The other side tells of its network, or of addresses: what failed may work now. */
  theirsChanged(): void {
    const { record, selection, avoidsDirect } = this.#options;
    if (record.state !== 'open' || selection.active?.kind === 'direct' || avoidsDirect()) return;
    this.#tryBetter(this.#now(), RETRY_FAILED_MS);
  }

  /** Addresses of interfaces came or went: drops what is gone, and asks whether the rest still stands. */
  interfacesChanged(gone: ReadonlySet<string>): void {
    const { checklist, prober, selection } = this.#options;
    const nowMs = this.#now();
    if (this.#everOpen) this.#settleFrom(nowMs);
    for (const pair of checklist.pairs) {
      pair.forgetDeaths();
      if (pair.local.type === 'host' && gone.has(pair.local.address)) {
        pair.forgetProof();
      } else if (pair.hasConsent(nowMs) || pair.state === 'checking') {
        // A copy of a check from before would reach the other side from another address, as a replay does.
        pair.shortestRttMs = undefined;
        prober.probeAnew(pair);
      } else if (pair.state === 'failed') {
        pair.state = 'waiting';
      }
    }
    if (selection.active && !selection.active.hasConsent(nowMs)) this.#dropActive();
    checklist.run();
    this.select();
  }

  /** Tells the other side which pair is wanted, where that is ours to say. */
  #nominate(pair: CandidatePair): void {
    const { codec, selection, prober } = this.#options;
    if (codec.role !== 'controlling') return;
    selection.nominate(pair);
    prober.probeAnew(pair);
  }

  #activate(pair: CandidatePair): void {
    const { selection, record, punching } = this.#options;
    const nowMs = this.#now();
    const before = selection.active;
    selection.active = pair;
    this.#hearing.attend(pair);
    this.#activeSinceMs = record.relative(nowMs);
    if (!this.#everOpen) this.#settleFrom(nowMs);
    if (pair.kind === 'direct') punching.opened();
    if (before || (this.#everOpen && record.state === 'open')) {
      record.note('path-changed', endText(pair.remote));
    }
    record.changed();
  }

  #opened(): void {
    const { selection, record, punching } = this.#options;
    const { active } = selection;
    if (!active) return;
    record.note(this.#everOpen ? 'path-back' : 'path-open', endText(active.remote));
    this.#everOpen = true;
    record.setState('open');
    if (active.kind === 'direct') punching.opened();
  }

  #dropActive(): void {
    const { selection, record } = this.#options;
    selection.active = undefined;
    this.select();
    if (!selection.active && record.state === 'open') this.#fellSilent();
    record.changed();
  }

  #fellSilent(): void {
    const { record, punching, checklist } = this.#options;
    record.note('path-silent');
    record.setState('silent');
    punching.begin();
    for (const pair of checklist.pairs) {
      if (pair.state === 'failed' && pair.mayCheck) pair.state = 'waiting';
    }
    checklist.run();
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Listens, and every few times looks at all the rest. */
  #pulse(): void {
    if (!this.#running) return;
    const { around, checklist, selection } = this.#options;
    const nowMs = this.#now();
    this.#hearing.listen(checklist.pairs, selection.active, nowMs);
    const pauseMs = this.#hearing.isSteady ? STEADY_PULSE_MS : PULSE_MS;
    this.#timer = around.outside.clock.setTimer(this.#onPulse, pauseMs);
    if (this.#hearing.isPausing) this.select();
    if (this.#hearing.isQuiet && selection.active) this.#wentQuiet(selection.active, nowMs);
    this.audit.pulse(checklist.pairs, selection.active, nowMs);
    if (nowMs < this.#nextTickAtMs) return;
    this.#nextTickAtMs = nowMs + TICK_MS;
    this.#tick(nowMs);
  }

  /** Datagrams should have come: is it the pair, and is there another one? */
  #wentQuiet(active: CandidatePair, nowMs: number): void {
    const { checklist, prober, record, onStranded } = this.#options;
    if (nowMs - this.#urgentAtMs >= URGENT_PERIOD_MS) {
      this.#urgentAtMs = nowMs;
      for (const pair of [active, ...standbyPairs(validPairs(checklist.pairs, nowMs), active)]) {
        prober.probeUrgently(pair, nowMs - this.#hearing.silenceMs);
      }
    }
    const isStranded = this.#hearing.silenceMs >= STRANDED_MS;
    if (!isStranded || nowMs - this.#strandedAtMs < STRANDED_PERIOD_MS) return;
    this.#strandedAtMs = nowMs;
    onStranded();
    record.announce((events) => events.emit('stranded'));
  }

  /** Asks what stands by, and says whether it has answered within that time; or whether nothing does. */
  #isQuickerElsewhere(active: CandidatePair, withinMs: number): boolean {
    const nowMs = this.#now();
    const others = standbyPairs(validPairs(this.#options.checklist.pairs, nowMs), active);
    for (const other of others) {
      if (!other.transaction || other.transaction.isOver) this.#options.prober.probe(other);
    }
    const isQuick = ({ ackedAtMs, rttMs = Number.POSITIVE_INFINITY }: CandidatePair) =>
      nowMs - ackedAtMs < RENEW_CHECK_MS && rttMs < withinMs;
    return others.length === 0 || others.some(isQuick);
  }

  #tick(nowMs: number): void {
    const { record, selection, punching, avoidsDirect } = this.#options;
    if (this.#everOpen) this.#keepAlive(nowMs);
    if (record.state !== 'open') this.#retry(nowMs);
    if (selection.active?.kind !== 'direct' && !avoidsDirect()) punching.tick(nowMs);
    if (record.state === 'open') {
      if (selection.active?.kind !== 'direct' && !avoidsDirect()) this.#tryBetter(nowMs);
      else if (selection.hasSettled(nowMs)) this.#settle(nowMs);
    }
    record.countersMoved(nowMs);
  }

  #keepAlive(nowMs: number): void {
    const { selection, checklist, prober, around, record } = this.#options;
    if (selection.active && !selection.active.hasConsent(nowMs)) this.#dropActive();
    const valid = validPairs(checklist.pairs, nowMs);
    const { active } = selection;
    for (const pair of active ? [active, ...standbyPairs(valid, active)] : standbyPairs(valid, active)) {
      if (isCheckDue(pair, active, nowMs)) {
        prober.probe(pair);
        pair.consentDueAtMs = nextConsentAtMs(nowMs, around.outside.random.bytes(1)[0] ?? 0);
      }
    }
    this.select();
    const { state } = record;
    if (state === 'open' && nowMs - this.#hearing.lastReceivedAtMs >= SILENT_MS) this.#fellSilent();
    if (
      state === 'silent' &&
      valid.length === 0 &&
      nowMs - this.#hearing.lastReceivedAtMs >= CONSENT_EXPIRY_MS
    ) {
      selection.active = undefined;
      record.note('path-lost');
      record.setState('lost');
    }
  }

  /** While nothing is open, what failed is tried again: the other side may only now be there. */
  #retry(nowMs: number): void {
    const { checklist } = this.#options;
    for (const pair of checklist.pairs) {
      const hasExpired = pair.state === 'answered' && !pair.hasConsent(nowMs);
      const hasRested = pair.state === 'failed' && nowMs - pair.failedAtMs >= RETRY_FAILED_MS;
      if ((hasExpired || hasRested) && pair.mayCheck) pair.state = 'waiting';
    }
    checklist.run();
  }

  /** While something other than a direct path carries, direct ones are tried again now and then: much may have changed. */
  #tryBetter(nowMs: number, restMs = UPGRADE_PERIOD_MS): void {
    const { checklist, punching } = this.#options;
    for (const pair of checklist.pairs) {
      if (pair.kind !== 'direct') continue;
      const hasExpired = pair.state === 'answered' && !pair.hasConsent(nowMs);
      const hasFailed = pair.state === 'failed' || hasExpired;
      const hasRested = hasFailed && nowMs - Math.max(pair.failedAtMs, pair.triedAgainAtMs) >= restMs;
      if (!hasRested) continue;
      pair.triedAgainAtMs = nowMs;
      pair.refill(nowMs);
      if (pair.mayCheck) pair.state = 'waiting';
    }
    checklist.run();
    punching.again(nowMs);
  }

  /** Once a path has stood for a while, what is still being tried beside it is not wanted any more. */
  #settle(nowMs: number): void {
    const { punching, selection, checklist, prober } = this.#options;
    punching.tidy((pair) => pair === selection.active || pair.hasConsent(nowMs));
    if (this.#hasSettled) return;
    this.#hasSettled = true;
    for (const pair of checklist.pairs) {
      if (pair.state === 'checking' || pair.state === 'waiting') prober.abandon(pair);
    }
  }

  #settleFrom(nowMs: number): void {
    this.#hasSettled = false;
    this.#options.selection.settleFrom(nowMs);
  }

  #now(): number {
    return this.#options.around.outside.clock.now();
  }
}
