/** A candidate pair: one way to the other engine, and what is known of it (RFC 8445 §6.1.2). */
import type { PathAttempt } from '../../../shared/call.ts';
import type { Candidate, CandidateType, PathKind } from '../../../shared/words.ts';
import type { DatagramSocket } from '../outside/index.ts';
import type { Transaction } from '../stun/transactions.ts';
import { Judge } from './audit/judge.ts';
import {
  CONSENT_EXPIRY_MS,
  DEATHS_REMEMBERED_MS,
  EARNED_CHECK_PERIOD_MS,
  MAX_PREDICTED_CHECKS,
  MAX_RETURN_MS,
  MAX_UNANSWERED_CHECKS,
  MAX_UNANSWERED_PROBES,
  RETURN_MS,
  UPGRADE_PAUSES_MS,
  UPGRADE_PERIOD_MS,
} from './constants.ts';
import { Losses } from './losses.ts';

export interface PairEnd {
  address: string;
  port: number;
  type: CandidateType;
}

/**
 * A socket of ours is one base: all candidates that were gathered from it stand for the same pairs, and RFC 8445 §6.1.2.4 leaves one pair
 * for each socket and remote candidate. Which of our addresses it leaves from is the system's choice; the acks tell.
 */
export class CandidatePair {
  readonly kind: PathKind;
  /** Checks and datagrams leave from here, and count only when they come in here. */
  readonly socket: DatagramSocket;
  /** The remote transport address, compared with every datagram's source. */
  readonly address: string;
  readonly port: number;
  readonly remote: PairEnd;
  local: PairEnd;
  remotePriority: number;
  /** RFC 8445 §6.1.2.3. */
  priority = 0;
  state: 'waiting' | 'checking' | 'answered' | 'failed' = 'waiting';
  readonly attempt: PathAttempt;
  transaction: Transaction | undefined;
  /** Datagrams from there are taken: it answered a check, or sent an authentic one. */
  accepted = false;
  /** Nobody told this address: it was predicted. */
  isGuess = false;
  /** Something was received since the last look. */
  fresh = false;
  receivedAtMs = Number.NEGATIVE_INFINITY;
  /** A datagram of theirs came: they send on this pair. */
  datagramAtMs = Number.NEGATIVE_INFINITY;
  /** Judges the node that forwards on it; nobody else is judged. */
  readonly judge: Judge | undefined;
  /** Its carrier has said that it goes, or does its work so badly that it must be left. */
  isLeaving = false;
  /** How often it was left because it died, and until when it is not gone back to. */
  deaths = 0;
  avoidedUntilMs = Number.NEGATIVE_INFINITY;
  #diedAtMs: number | undefined;
  ackedAtMs = Number.NEGATIVE_INFINITY;
  failedAtMs = 0;
  /** When it was last tried again beside a path that carries. */
  triedAgainAtMs = Number.NEGATIVE_INFINITY;
  consentDueAtMs = 0;
  /** The latest round trip, or what it may have been: an answer to a check that was sent twice may be to either. */
  rttMs: number | undefined;
  /** The shortest one that leaves no doubt. Whatever happens on the way only adds to it, so it tells two ways apart. */
  shortestRttMs: number | undefined;
  /** When their first check came: ours can be answered since. */
  openSinceMs: number | undefined;
  readonly losses = new Losses();
  unansweredChecks = 0;
  #refilledAtMs = Number.NEGATIVE_INFINITY;
  #earnedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    socket: DatagramSocket,
    remote: Candidate,
    local: PairEnd,
    attempt: { id: string; startedMs: number },
  ) {
    this.socket = socket;
    this.kind = socket.through ?? 'direct';
    if (this.kind === 'sfu') this.judge = new Judge();
    this.address = remote.address;
    this.port = remote.port;
    this.remote = { address: remote.address, port: remote.port, type: remote.type };
    this.remotePriority = remote.priority;
    this.local = local;
    this.attempt = {
      id: attempt.id,
      kind: this.kind,
      ...(socket.isTurn && { isTurn: true }),
      local,
      remote: this.remote,
      startedMs: attempt.startedMs,
      checksSent: 0,
      outcome: 'waiting',
    };
  }

  /**
   * When it last proved that it carries what it should: datagrams of theirs came, or an ack, for which it must work both ways. Their checks
   * do not count: they come also where nothing of ours reaches them, and that is what they want to find out.
   */
  get heardAtMs(): number {
    return Math.max(this.datagramAtMs, this.ackedAtMs);
  }

  /** Datagrams are known to be lost on it. */
  get loses(): boolean {
    return this.losses.known || this.judge?.hasMissed === true;
  }

  /** It answered at least once. */
  get isProved(): boolean {
    return this.rttMs !== undefined;
  }

  /** RFC 7675 §5.1: the other side agrees to get datagrams here. */
  hasConsent(nowMs: number): boolean {
    return nowMs - this.ackedAtMs < CONSENT_EXPIRY_MS;
  }

  /** Whether another check may be sent, so that what an unanswering address gets is bounded. */
  get mayCheck(): boolean {
    if (this.isProved) return this.unansweredChecks < MAX_UNANSWERED_PROBES;
    const isMereGuess = this.isGuess && !this.accepted;
    return this.unansweredChecks < (isMereGuess ? MAX_PREDICTED_CHECKS : MAX_UNANSWERED_CHECKS);
  }

  /** Their check came: both filters are open. */
  checkCame(nowMs: number): void {
    this.accepted = true;
    this.openSinceMs ??= nowMs;
  }

  /** They checked us here: room for one more check, where there is none. See `EARNED_CHECK_PERIOD_MS`. */
  earn(nowMs: number): void {
    if (this.mayCheck || nowMs - this.#earnedAtMs < EARNED_CHECK_PERIOD_MS) return;
    this.#earnedAtMs = nowMs;
    this.unansweredChecks--;
  }

  /** Makes room for another try of what used its checks up; seldom, see `UPGRADE_PERIOD_MS`. */
  refill(nowMs: number): void {
    const most = this.isProved ? MAX_UNANSWERED_PROBES : MAX_UNANSWERED_CHECKS;
    const room = most - UPGRADE_PAUSES_MS.length;
    if (this.unansweredChecks <= room || nowMs - this.#refilledAtMs < UPGRADE_PERIOD_MS) return;
    this.#refilledAtMs = nowMs;
    this.unansweredChecks = room;
  }

  /** It went silent and another one took over. */
  died(nowMs: number): void {
    // That it died in another hour of the call says nothing of how long it will live.
    if (nowMs - this.avoidedUntilMs > DEATHS_REMEMBERED_MS) this.deaths = 0;
    this.avoidedUntilMs = nowMs + Math.min(MAX_RETURN_MS, RETURN_MS * 2 ** this.deaths);
    this.deaths++;
    this.#diedAtMs = nowMs;
  }

  /** It was left because it died, and nothing has answered on it since: what it proved before says nothing any more. */
  get isDead(): boolean {
    return this.#diedAtMs !== undefined && this.ackedAtMs <= this.#diedAtMs;
  }

  /** It leads through another network now: that it died in the one before says nothing. */
  forgetDeaths(): void {
    this.deaths = 0;
    this.avoidedUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** Everything it proved was proved from an address that is gone. */
  forgetProof(): void {
    this.transaction?.stop();
    this.transaction = undefined;
    this.state = 'waiting';
    this.ackedAtMs = Number.NEGATIVE_INFINITY;
    this.shortestRttMs = undefined;
  }
}

/** An address as it is shown. */
export function endText({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
