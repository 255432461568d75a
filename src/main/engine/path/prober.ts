/** Sends checks on the pairs of a session and judges what comes back (RFC 8445 §7.2). */
import type { PathAttempt } from '../../../shared/call.ts';
import type { Candidate } from '../../../shared/words.ts';
import { findAttribute, type StunMessage } from '../stun/message.ts';
import type { Source, Transaction } from '../stun/transactions.ts';
import { TALLY_PAUSES_MS } from './audit/constants.ts';
import type { CheckCodec, Role } from './checks.ts';
import { CHECK_PAUSES_MS, PROBE_PAUSES_MS, RENEW_CHECK_MS, URGENT_PAUSES_MS } from './constants.ts';
import { nextConsentAtMs } from './liveness.ts';
import type { CandidatePair } from './pair.ts';
import type { SessionRecord } from './record.ts';
import type { Surroundings } from './surroundings.ts';

export interface ProberOptions {
  readonly around: Surroundings;
  readonly codec: CheckCodec;
  readonly record: SessionRecord;
  /** Our candidates, to know an address by that an ack names. */
  readonly localCandidates: () => readonly Candidate[];
  /** The counter that checks on this pair carry, while we are controlling and want it. */
  readonly nominationFor: (pair: CandidatePair) => number | undefined;
  /** An ack came. `moved`: the other side sees us at another address than before. */
  readonly onAck: (pair: CandidatePair, moved: boolean) => void;
  /** The other side has the same role as the one we asked in, and stays in it (RFC 8445 §7.2.5.1). */
  readonly onRoleConflict: (pair: CandidatePair, askedAs: Role) => void;
}

export class Prober {
  readonly #options: ProberOptions;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  /** Begins a round of checks on a pair that has not answered. */
  begin(pair: CandidatePair, pausesMs = CHECK_PAUSES_MS): void {
    if (!pair.mayCheck) {
      this.#fail(pair, 'no-ack');
      return;
    }
    if (pair.attempt.checksSent === 0) pair.attempt.startedMs = this.#options.record.nowMs();
    pair.attempt.outcome = 'waiting';
    pair.attempt.reason = undefined;
    pair.attempt.endedMs = undefined;
    pair.state = 'checking';
    this.#check(pair, pausesMs);
  }

  /** RFC 8445 §7.3.1.4: their check has opened their side, so ours goes out at once. */
  trigger(pair: CandidatePair): void {
    if (pair.hasConsent(this.#nowMs())) return;
    if (pair.transaction && !pair.transaction.isOver) pair.transaction.sendNow();
    else this.begin(pair);
  }

  /** Asks a pair that answered before whether it still does. */
  probe(pair: CandidatePair): void {
    this.#check(pair, PROBE_PAUSES_MS);
  }

  /** The same in a hurry. @param silentSinceMs a check from before may have left from an address that is not ours any more */
  probeUrgently(pair: CandidatePair, silentSinceMs: number): void {
    if (pair.transaction && pair.transaction.startedAtMs < silentSinceMs) this.#stop(pair);
    this.#check(pair, URGENT_PAUSES_MS);
  }

  /** The same with a new check, whatever is under way: for a nomination, or from a new address of ours. */
  probeAnew(pair: CandidatePair): void {
    this.#stop(pair);
    this.#check(pair, CHECK_PAUSES_MS);
  }

  /** Says what was sent, in a check of its own. @param onAck is given the round trip, ms */
  tell(pair: CandidatePair, tally: Buffer, onAck: (rttMs: number) => void): void {
    const { codec, around, nominationFor } = this.#options;
    const { transactionId, datagram } = codec.writeCheck(nominationFor(pair), tally);
    const sentAtMs = this.#nowMs();
    around.transactions.start({
      transactionId,
      pausesMs: TALLY_PAUSES_MS,
      send: () => pair.socket.send(datagram, 0, datagram.length, pair.port, pair.address),
      onResponse: (response, bytes, { socket, address, port }) => {
        const isTheirs = address === pair.address && port === pair.port && socket === pair.socket;
        if (!isTheirs || response.class !== 'success' || !codec.isAuthentic(bytes)) return false;
        pair.ackedAtMs = this.#nowMs();
        onAck(pair.ackedAtMs - sentAtMs);
        return true;
      },
      onTimeout: () => undefined,
    });
  }

  /** Stops checking a pair that is not wanted any more. */
  abandon(pair: CandidatePair): void {
    this.#stop(pair);
    pair.state = 'failed';
    pair.failedAtMs = this.#nowMs();
    this.end(pair, 'abandoned', 'superseded');
  }

  /** Closes the record of an attempt that is still open. */
  end(
    { attempt, rttMs }: CandidatePair,
    outcome: PathAttempt['outcome'],
    reason?: PathAttempt['reason'],
  ): void {
    if (attempt.outcome !== 'waiting') return;
    attempt.outcome = outcome;
    attempt.reason = reason;
    attempt.rttMs = rttMs;
    attempt.endedMs = this.#options.record.nowMs();
    this.#options.record.changed();
  }

  /** Sends a check; one that is under way is sent again instead, so that no ack to it is thrown away. */
  #check(pair: CandidatePair, pausesMs: readonly number[]): void {
    const { codec, around, nominationFor } = this.#options;
    const underWay = pair.transaction;
    if (underWay && !underWay.isOver) {
      if (this.#nowMs() - underWay.startedAtMs < RENEW_CHECK_MS) {
        underWay.sendNow(pausesMs);
        return;
      }
      // Where our address changed unseen, a copy of the old check would be taken for a replay.
      this.#stop(pair);
    }
    const askedAs = codec.role;
    // Every check on the nominated pair says so again: a lost nomination needs no repair of its own.
    const { transactionId, datagram } = codec.writeCheck(nominationFor(pair));
    pair.transaction = around.transactions.start({
      transactionId,
      pausesMs,
      send: () => this.#send(pair, datagram),
      onResponse: (response, bytes, source) => this.#receive(pair, askedAs, response, bytes, source),
      onTimeout: () => {
        pair.transaction = undefined;
        if (pair.state === 'checking') this.#fail(pair, 'no-ack');
      },
    });
  }

  #send(pair: CandidatePair, datagram: Buffer): void {
    if (!pair.mayCheck) return;
    pair.unansweredChecks++;
    pair.attempt.checksSent++;
    this.#options.record.changed();
    pair.socket.send(datagram, 0, datagram.length, pair.port, pair.address, (error) => {
      if (!error) return;
      // It never left this machine.
      if (pair.unansweredChecks > 0) pair.unansweredChecks--;
      if (pair.state === 'checking') {
        this.#stop(pair);
        this.#fail(pair, 'unsendable');
      }
    });
  }

  /** RFC 8445 §7.2.5. False for what is not an answer of the other engine. */
  #receive(
    pair: CandidatePair,
    askedAs: Role,
    response: StunMessage,
    datagram: Buffer,
    source: Source,
  ): boolean {
    const { codec, onAck, onRoleConflict } = this.#options;
    const { socket, address, port } = source;
    if (address !== pair.address || port !== pair.port || socket !== pair.socket) return false;
    if (!codec.isAuthentic(datagram)) return false;
    const mapped = findAttribute(response, 'xor-mapped-address');
    if (response.class === 'success' && !mapped) return false;
    const { transaction } = pair;
    this.#stop(pair);
    if (!mapped) {
      if (findAttribute(response, 'error-code')?.code === 487) onRoleConflict(pair, askedAs);
      else this.#fail(pair, 'refused');
      return true;
    }
    this.#noteAck(pair, transaction);
    const moved = this.#learnLocalEnd(pair, mapped.address, mapped.port);
    this.end(pair, 'succeeded');
    pair.attempt.rttMs = pair.rttMs;
    pair.state = 'answered';
    this.#options.record.changed();
    onAck(pair, moved);
    return true;
  }

  #noteAck(pair: CandidatePair, transaction: Transaction | undefined): void {
    const { random } = this.#options.around.outside;
    const nowMs = this.#nowMs();
    // A check that was sent twice leaves open which one was answered.
    const isClear = transaction?.sends === 1;
    if (transaction && (isClear || pair.rttMs === undefined)) {
      pair.rttMs = Math.max(0.01, nowMs - transaction.lastSentAtMs);
    }
    if (isClear) {
      pair.shortestRttMs = Math.min(pair.rttMs ?? 0, pair.shortestRttMs ?? Number.POSITIVE_INFINITY);
    }
    if (transaction && pair.openSinceMs !== undefined) {
      const since = Math.max(transaction.startedAtMs, pair.openSinceMs);
      pair.losses.acked(isClear ? undefined : nowMs - since, pair.shortestRttMs);
    }
    pair.ackedAtMs = nowMs;
    pair.unansweredChecks = 0;
    pair.accepted = true;
    // Where the round trip is a guess, the next tick asks once more.
    pair.consentDueAtMs = isClear ? nextConsentAtMs(nowMs, random.bytes(1)[0] ?? 0) : nowMs;
  }

  /** RFC 8445 §7.2.5.3.1: where this pair leaves from, as the other side sees it. True when that is news. */
  #learnLocalEnd(pair: CandidatePair, address: string, port: number): boolean {
    if (pair.local.address === address && pair.local.port === port) return false;
    const known = this.#options
      .localCandidates()
      .find((candidate) => candidate.address === address && candidate.port === port);
    pair.local = { address, port, type: known?.type ?? 'prflx' };
    pair.attempt.local = pair.local;
    return true;
  }

  #fail(pair: CandidatePair, reason: 'no-ack' | 'refused' | 'unsendable'): void {
    pair.state = 'failed';
    pair.failedAtMs = this.#nowMs();
    this.end(pair, 'failed', reason);
  }

  #stop(pair: CandidatePair): void {
    pair.transaction?.stop();
    pair.transaction = undefined;
  }

  #nowMs(): number {
    return this.#options.around.outside.clock.now();
  }
}
