/**
 * One session: the way from this engine to one other engine, for one call.
 *
 *   idle ──connect──▶ searching ──first ack──▶ open ◀──something came──┐
 *                                              │                       │
 *                                              └──nothing came, 2.5 s──▶ silent ──no consent left──▶ lost
 *
 * A lost session goes on checking and may open again; its owner decides when to close it.
 *
 * Both sides agree on one pair: the controlling one nominates with a counter that grows (as draft-thatcher-ice-renomination has it),
 * the controlled one obeys the latest. Datagrams are accepted on every pair that proved itself, so a switch loses nothing.
 */
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { PathReport } from '../../../shared/call.ts';
import type { PathParameters } from '../../../shared/signal.ts';
import type { Candidate } from '../../../shared/words.ts';
import type { AddressFamily, DatagramSocket, Outside, Timer } from '../outside/index.ts';
import { canonicalIp } from '../stun/ip.ts';
import { findAttribute, type StunMessage } from '../stun/message.ts';
import type { Source, Transactions } from '../stun/transactions.ts';
import { candidatePriority, familyOf, isLoopback, isUnicast } from './candidates.ts';
import { Checklist } from './checklist.ts';
import { CheckCodec, type IncomingCheck } from './checks.ts';
import {
  CHANNEL_HEADER_BYTES,
  CHECK_PAUSES_MS,
  CONSENT_EXPIRY_MS,
  MAX_EARLY_CHECKS,
  MAX_TUNNELLED_BYTES,
  PROBE_PAUSES_MS,
  PWD_BYTES,
  RETRY_FAILED_MS,
  SETTLE_MS,
  SILENT_MS,
  TICK_MS,
  UFRAG_BYTES,
} from './constants.ts';
import type { FramePool } from './frames.ts';
import {
  comparePairs,
  isBetterKind,
  isCheckDue,
  nextConsentAtMs,
  standbyPairs,
  takeOver,
  validPairs,
} from './liveness.ts';
import { CandidatePair, type PairEnd } from './pair.ts';
import { SessionRecord } from './record.ts';
import type { DatagramLink, PathSession, PathSessionEvents, PathSessionOptions } from './types.ts';

/** What all sessions share. */
export interface SessionSurroundings {
  readonly outside: Outside;
  readonly transactions: Transactions;
  readonly frames: FramePool;
  readonly logger: Logger;
  socket(family: AddressFamily): DatagramSocket | undefined;
  /** Our candidates now, best first. */
  candidates(): Candidate[];
  /** Whether loopback candidates of the other side may be tried. */
  acceptsLoopback(): boolean;
  released(session: Session): void;
}

/** The network changed: which of our addresses are gone, and whether any address of an interface came or went. */
export interface LocalChange {
  readonly gone: ReadonlySet<string>;
  readonly interfacesChanged: boolean;
}

const SYMMETRIC_PRIORITY = candidatePriority('host', 65_535);

export class Session extends EventEmitter<PathSessionEvents> implements PathSession {
  readonly local: PathParameters;
  readonly media: DatagramLink;
  readonly #around: SessionSurroundings;
  readonly #record: SessionRecord;
  readonly #codec: CheckCodec;
  readonly #checklist: Checklist;
  readonly #logger: Logger;
  #remote: PathParameters | undefined;
  #active: CandidatePair | undefined;
  #activeSinceMs = 0;
  /** The pair the controlling side wants, and how often it has said so. */
  #nominated: CandidatePair | undefined;
  #nomination = 0;
  #lastReceivedAtMs = Number.NEGATIVE_INFINITY;
  #settleUntilMs = 0;
  #early: { message: StunMessage; datagram: Buffer; source: Source }[] = [];
  #attempts = 0;
  #tickTimer: Timer;
  #closed = false;
  #everOpen = false;
  #foundPublicAddress = false;

  constructor(
    around: SessionSurroundings,
    options: PathSessionOptions,
    channels: PathParameters['channels'],
  ) {
    super();
    const { random, clock } = around.outside;
    this.#around = around;
    this.#logger = around.logger;
    this.#record = new SessionRecord(this, {
      clock,
      startedAtMs: options.startedAtMs,
      logger: around.logger,
    });
    this.local = {
      ufrag: random.bytes(UFRAG_BYTES).toString('base64'),
      pwd: random.bytes(PWD_BYTES).toString('base64'),
      channels,
      candidates: around.candidates(),
    };
    this.#codec = new CheckCodec(options.role, random, this.local);
    this.#checklist = new Checklist(
      {
        clock,
        makePair: (remote) => this.#makePair(remote),
        onTurn: (pair) => this.#firstCheck(pair),
        onRemoved: (pair) => this.#endAttempt(pair, 'abandoned', 'superseded'),
      },
      options.role,
    );
    this.#checklist.setRole(options.role, SYMMETRIC_PRIORITY);
    this.media = { send: (datagram) => void this.#sendFrame('media', datagram), onDatagram: null };
    // Whoever opened this is about to listen.
    queueMicrotask(() => this.#notePublicAddress());
  }

  connect(remote: PathParameters): void {
    if (this.#closed || this.#remote) return;
    this.#remote = remote;
    this.#codec.setRemote(remote);
    this.#record.setState('searching');
    this.#settleUntilMs = Number.POSITIVE_INFINITY;
    this.addRemoteCandidates(remote.ufrag, remote.candidates);
    const early = this.#early;
    this.#early = [];
    for (const { message, datagram, source } of early) this.receiveCheck(message, datagram, source);
    this.#tick();
  }

  addRemoteCandidates(ufrag: string, candidates: readonly Candidate[]): void {
    if (this.#closed || this.#remote?.ufrag !== ufrag) return;
    for (const candidate of candidates) {
      const address = canonicalIp(candidate.address);
      if (address === null || !isUnicast(address)) continue;
      if (isLoopback(address) && !this.#around.acceptsLoopback()) continue;
      if (this.#around.socket(familyOf(address))) this.#checklist.add({ ...candidate, address });
    }
    this.#checklist.run();
  }

  report(): PathReport {
    return this.#record.report(this.#active, this.#activeSinceMs);
  }

  sendControl(bytes: Buffer): boolean {
    return this.#sendFrame('control', bytes);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#around.outside.clock.clearTimer(this.#tickTimer);
    this.#checklist.close();
    for (const pair of this.#checklist.pairs) this.#endAttempt(pair, 'abandoned', 'call-ended');
    this.#active = undefined;
    this.#record.setState('closed');
    this.#record.close();
    this.media.onDatagram = null;
    this.#around.released(this);
  }

  // ── from the socket ──────────────────────────────────────────────────────────────────────────────────────────────

  /** ChannelData on one of our channels. The per-packet path: it allocates and logs nothing. */
  receiveFrame(kind: 'control' | 'media', datagram: Buffer, address: string, port: number): void {
    const active = this.#active;
    const pair =
      active && active.port === port && active.address === address
        ? active
        : this.#checklist.find(address, port);
    if (!pair?.accepted) return;
    const length = ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
    if (length + CHANNEL_HEADER_BYTES > datagram.length) return;
    pair.fresh = true;
    const counters = this.#record.carried[pair.kind];
    counters.packetsReceived++;
    counters.bytesReceived += datagram.length;
    if (kind === 'media') {
      this.media.onDatagram?.(datagram, CHANNEL_HEADER_BYTES, length);
    } else {
      const bytes = Buffer.from(datagram.subarray(CHANNEL_HEADER_BYTES, CHANNEL_HEADER_BYTES + length));
      this.#record.announce((events) => events.emit('control', bytes));
    }
  }

  /** A Binding request whose USERNAME begins with our ufrag. Nothing in it is believed yet. */
  receiveCheck(message: StunMessage, datagram: Buffer, source: Source): void {
    if (this.#closed) return;
    if (!this.#remote) {
      // It overtook its sender's credentials. Answering a stranger would tell our address, so it waits.
      if (this.#early.length === MAX_EARLY_CHECKS) this.#early.shift();
      this.#early.push({ message, datagram, source });
      return;
    }
    const check = this.#codec.readCheck(message, datagram, source);
    if (!check || (isLoopback(source.address) && !this.#around.acceptsLoopback())) return;
    const refusal = this.#codec.writeUnknown(check) ?? this.#settleRoles(check);
    this.#answer(source, refusal ?? this.#codec.writeAck(check));
    if (refusal) return;
    const { address, port } = source;
    const pair =
      this.#checklist.find(address, port) ??
      this.#checklist.add({ address, port, type: 'prflx', priority: check.priority });
    if (!pair) return;
    pair.accepted = true;
    this.#received(pair);
    if (check.nomination !== undefined && check.nomination >= this.#nomination) {
      this.#nomination = check.nomination;
      this.#nominated = pair;
      this.#select();
    }
    this.#triggeredCheck(pair);
  }

  // ── from the service ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Our candidates or interfaces changed: tells the other side, drops what is gone, and asks whether the rest still stands. */
  localChanged(change: LocalChange): void {
    if (this.#closed) return;
    const before = this.local.candidates;
    this.local.candidates = this.#around.candidates();
    this.#notePublicAddress();
    const added = this.local.candidates.filter(
      ({ address, port }) => !before.some((known) => known.address === address && known.port === port),
    );
    if (added.length > 0) this.#record.announce((events) => events.emit('candidates', added));
    if (!this.#remote || !change.interfacesChanged) return;
    const nowMs = this.#now();
    if (this.#active) this.#settleUntilMs = nowMs + SETTLE_MS;
    for (const pair of this.#checklist.pairs) {
      if (pair.local.type === 'host' && change.gone.has(pair.local.address)) {
        pair.forgetProof();
      } else if (pair.hasConsent(nowMs)) {
        this.#check(pair, PROBE_PAUSES_MS);
      } else if (pair.state === 'failed') {
        pair.state = 'waiting';
      }
    }
    if (this.#active && !this.#active.hasConsent(nowMs)) this.#dropActive();
    this.#checklist.run();
    this.#select();
  }

  // ── checks ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #makePair(remote: Candidate): CandidatePair {
    const pair = new CandidatePair(remote, this.#probableLocalEnd(remote.address), {
      id: String(++this.#attempts),
      startedMs: this.#record.nowMs(),
    });
    this.#record.keepAttempt(pair);
    return pair;
  }

  /** Until an ack tells: the first of our candidates that is as near to us as that address. */
  #probableLocalEnd(address: string): PairEnd {
    const family = familyOf(address);
    const same = this.local.candidates.filter((candidate) => familyOf(candidate.address) === family);
    const found = same.find((candidate) => isLoopback(candidate.address) === isLoopback(address)) ?? same[0];
    if (found) return { address: found.address, port: found.port, type: found.type };
    const port = this.#around.socket(family)?.port ?? 0;
    return { address: family === 'IPv4' ? '0.0.0.0' : '::', port, type: 'host' };
  }

  #firstCheck(pair: CandidatePair): void {
    if (!pair.mayCheck) {
      this.#fail(pair, 'no-ack');
      return;
    }
    if (pair.attempt.checksSent === 0) {
      pair.attempt.startedMs = this.#record.nowMs();
      const isFirst = this.#checklist.pairs.every(({ attempt }) => attempt.checksSent === 0);
      if (isFirst) this.#record.note('first-check', endText(pair.remote));
    }
    pair.attempt.outcome = 'waiting';
    pair.attempt.reason = undefined;
    pair.attempt.endedMs = undefined;
    pair.state = 'checking';
    this.#check(pair, CHECK_PAUSES_MS);
  }

  /** RFC 8445 §7.3.1.4: their check has opened their side, so ours goes out at once. */
  #triggeredCheck(pair: CandidatePair): void {
    if (pair.hasConsent(this.#now())) return;
    if (pair.transaction && !pair.transaction.isOver) pair.transaction.sendNow();
    else this.#firstCheck(pair);
  }

  /** Sends a check on a pair; one that is under way is sent again instead, so that no ack to it is thrown away. */
  #check(pair: CandidatePair, pausesMs: readonly number[]): void {
    if (pair.transaction && !pair.transaction.isOver) {
      pair.transaction.sendNow(pausesMs);
      return;
    }
    const { role } = this.#codec;
    // Every check on the nominated pair says so again: a lost nomination needs no repair of its own.
    const nominates = role === 'controlling' && pair === this.#nominated;
    const { transactionId, datagram } = this.#codec.writeCheck(nominates ? this.#nomination : undefined);
    pair.transaction = this.#around.transactions.start({
      transactionId,
      pausesMs,
      send: () => this.#sendCheck(pair, datagram),
      onResponse: (response, bytes, source) => this.#receiveResponse(pair, role, response, bytes, source),
      onTimeout: () => {
        pair.transaction = undefined;
        if (pair.state === 'checking') this.#fail(pair, 'no-ack');
      },
    });
  }

  #sendCheck(pair: CandidatePair, datagram: Buffer): void {
    const socket = this.#around.socket(pair.family);
    if (!pair.mayCheck || !socket) return;
    pair.unansweredChecks++;
    pair.attempt.checksSent++;
    this.#record.changed();
    socket.send(datagram, 0, datagram.length, pair.port, pair.address, (error) => {
      if (error && !this.#closed && pair.state === 'checking') {
        pair.transaction?.stop();
        this.#fail(pair, 'unsendable');
      }
    });
  }

  #answer(to: Source, datagram: Buffer): void {
    this.#around.socket(to.family)?.send(datagram, 0, datagram.length, to.port, to.address);
  }

  /** RFC 8445 §7.2.5. False for what is not an answer of the other engine. */
  #receiveResponse(
    pair: CandidatePair,
    askedAs: CheckCodec['role'],
    response: StunMessage,
    datagram: Buffer,
    source: Source,
  ): boolean {
    if (source.address !== pair.address || source.port !== pair.port) return false;
    if (this.#closed || !this.#codec.isAuthentic(datagram)) return false;
    const { transaction } = pair;
    pair.transaction = undefined;
    // `receive` stops what this transaction was; a check sent from here on is another one.
    if (response.class === 'error') {
      if (findAttribute(response, 'error-code')?.code === 487) {
        if (this.#codec.role === askedAs) this.#switchRole();
        pair.state = 'waiting';
        queueMicrotask(() => !this.#closed && this.#checklist.run());
      } else {
        this.#fail(pair, 'refused');
      }
      return true;
    }
    const mapped = findAttribute(response, 'xor-mapped-address');
    if (!mapped) return false;
    const nowMs = this.#now();
    const isClear = transaction?.sends === 1;
    if (transaction && (isClear || pair.rttMs === undefined)) {
      pair.rttMs = Math.max(0.01, nowMs - transaction.lastSentAtMs);
    }
    pair.ackedAtMs = nowMs;
    pair.unansweredChecks = 0;
    pair.accepted = true;
    // After a repeated check the round trip is a guess: the next tick asks once more.
    pair.consentDueAtMs = isClear
      ? nextConsentAtMs(nowMs, this.#around.outside.random.bytes(1)[0] ?? 0)
      : nowMs;
    this.#received(pair);
    const moved = this.#learnLocalEnd(pair, mapped.address, mapped.port);
    if (pair.attempt.outcome !== 'succeeded') this.#endAttempt(pair, 'succeeded');
    pair.attempt.rttMs = pair.rttMs;
    pair.state = 'answered';
    this.#record.changed();
    if (moved && pair === this.#nominated) this.#renominate(pair);
    this.#select();
    return true;
  }

  /** RFC 8445 §7.2.5.3.1: where this pair leaves from, as the other side sees it. True when that is news. */
  #learnLocalEnd(pair: CandidatePair, address: string, port: number): boolean {
    if (pair.local.address === address && pair.local.port === port) return false;
    const known = this.local.candidates.find((c) => c.address === address && c.port === port);
    pair.local = { address, port, type: known?.type ?? 'prflx' };
    pair.attempt.local = pair.local;
    return true;
  }

  #endAttempt(
    { attempt, rttMs }: CandidatePair,
    outcome: 'succeeded' | 'failed' | 'abandoned',
    reason?: PathReport['attempts'][number]['reason'],
  ): void {
    if (attempt.outcome !== 'waiting') return;
    attempt.outcome = outcome;
    attempt.reason = reason;
    attempt.rttMs = rttMs;
    attempt.endedMs = this.#record.nowMs();
    this.#record.changed();
  }

  #fail(pair: CandidatePair, reason: 'no-ack' | 'refused' | 'unsendable'): void {
    pair.state = 'failed';
    pair.failedAtMs = this.#now();
    this.#endAttempt(pair, 'failed', reason);
  }

  /** RFC 8445 §7.3.1.1: two of one role. Gives the 487 to send, or takes the other role. */
  #settleRoles(check: IncomingCheck): Buffer | undefined {
    const { role, tieBreaker } = this.#codec;
    if (check.senderRole !== role) return undefined;
    const oursIsLarger = tieBreaker >= check.senderTieBreaker;
    if (oursIsLarger === (role === 'controlling')) return this.#codec.writeRoleConflict(check);
    this.#switchRole();
    return undefined;
  }

  #switchRole(): void {
    this.#codec.role = this.#codec.role === 'controlling' ? 'controlled' : 'controlling';
    this.#logger.debug({ role: this.#codec.role }, 'role conflict: took the other role');
    this.#nominated = undefined;
    this.#checklist.setRole(this.#codec.role, SYMMETRIC_PRIORITY);
    this.#select();
  }

  // ── which pair carries ───────────────────────────────────────────────────────────────────────────────────────────

  #received(pair: CandidatePair): void {
    const nowMs = this.#now();
    pair.receivedAtMs = nowMs;
    this.#lastReceivedAtMs = nowMs;
  }

  /** Decides which pair carries datagrams. Called whenever something that matters was learnt. */
  #select(): void {
    if (this.#closed || !this.#remote) return;
    const nowMs = this.#now();
    const valid = validPairs(this.#checklist.pairs, nowMs);
    const active = this.#active;
    const chosen =
      this.#codec.role === 'controlling'
        ? this.#choose(active, valid, nowMs)
        : this.#obey(active, valid, nowMs);
    if (chosen && chosen !== active) this.#activate(chosen);
    if (chosen && this.#codec.role === 'controlling' && this.#nominated !== chosen) this.#renominate(chosen);
    if (this.#active && this.#record.state !== 'open' && nowMs - this.#lastReceivedAtMs < SILENT_MS)
      this.#opened();
  }

  #choose(
    active: CandidatePair | undefined,
    valid: CandidatePair[],
    nowMs: number,
  ): CandidatePair | undefined {
    const [best] = valid;
    if (!active || !best) return best;
    const rescue = takeOver(active, valid, nowMs);
    if (rescue) return rescue;
    const better = best !== active && comparePairs(best, active) < 0;
    // What went quiet is no better, however short its round trip was.
    const isHeard = best.receivedAtMs >= active.receivedAtMs - SILENT_MS;
    return better && isHeard && (nowMs < this.#settleUntilMs || isBetterKind(best, active)) ? best : active;
  }

  #obey(active: CandidatePair | undefined, valid: CandidatePair[], nowMs: number): CandidatePair | undefined {
    const rescue = active && takeOver(active, valid, nowMs);
    if (rescue) return rescue;
    const nominated = this.#nominated;
    if (nominated && nominated !== active && valid.includes(nominated)) {
      // A nomination that is older than the rescue from its pair does not lead back to it.
      if (!active || nominated.receivedAtMs >= active.receivedAtMs) return nominated;
    }
    return active ?? valid[0];
  }

  #renominate(pair: CandidatePair): void {
    if (this.#codec.role !== 'controlling') return;
    this.#nominated = pair;
    this.#nomination++;
    pair.transaction?.stop();
    pair.transaction = undefined;
    this.#check(pair, CHECK_PAUSES_MS);
  }

  #activate(pair: CandidatePair): void {
    const nowMs = this.#now();
    const before = this.#active;
    this.#active = pair;
    this.#activeSinceMs = this.#record.relative(nowMs);
    if (!this.#everOpen) this.#settleUntilMs = nowMs + SETTLE_MS;
    if (before) this.#record.note('path-changed', endText(pair.remote));
    else if (this.#everOpen && this.#record.state === 'open')
      this.#record.note('path-changed', endText(pair.remote));
    this.#record.changed();
  }

  #opened(): void {
    const active = this.#active;
    if (!active) return;
    this.#record.note(this.#everOpen ? 'path-back' : 'path-open', endText(active.remote));
    this.#everOpen = true;
    this.#record.setState('open');
  }

  #dropActive(): void {
    this.#active = undefined;
    this.#select();
    if (!this.#active && this.#record.state === 'open') this.#fellSilent();
    this.#record.changed();
  }

  #fellSilent(): void {
    this.#record.note('path-silent');
    this.#record.setState('silent');
    for (const pair of this.#checklist.pairs) {
      if (pair.state === 'failed' && pair.mayCheck) pair.state = 'waiting';
    }
    this.#checklist.run();
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #tick(): void {
    if (this.#closed) return;
    this.#tickTimer = this.#around.outside.clock.setTimer(() => this.#tick(), TICK_MS);
    const nowMs = this.#now();
    for (const pair of this.#checklist.pairs) {
      if (!pair.fresh) continue;
      pair.fresh = false;
      this.#received(pair);
    }
    if (this.#everOpen) this.#keepAlive(nowMs);
    if (this.#record.state !== 'open') this.#retry(nowMs);
    else if (nowMs >= this.#settleUntilMs) this.#abandonTheRest();
    this.#record.countersMoved(nowMs);
  }

  #keepAlive(nowMs: number): void {
    if (this.#active && !this.#active.hasConsent(nowMs)) this.#dropActive();
    const valid = validPairs(this.#checklist.pairs, nowMs);
    for (const pair of [...(this.#active ? [this.#active] : []), ...standbyPairs(valid, this.#active)]) {
      if (isCheckDue(pair, this.#active, nowMs)) {
        this.#check(pair, PROBE_PAUSES_MS);
        pair.consentDueAtMs = nextConsentAtMs(nowMs, this.#around.outside.random.bytes(1)[0] ?? 0);
      }
    }
    this.#select();
    const { state } = this.#record;
    if (state === 'open' && nowMs - this.#lastReceivedAtMs >= SILENT_MS) this.#fellSilent();
    if (state === 'silent' && valid.length === 0 && nowMs - this.#lastReceivedAtMs >= CONSENT_EXPIRY_MS) {
      this.#active = undefined;
      this.#record.note('path-lost');
      this.#record.setState('lost');
    }
  }

  /** While nothing is open, what failed is tried again: the other side may only now be there. */
  #retry(nowMs: number): void {
    for (const pair of this.#checklist.pairs) {
      const hasExpired = pair.state === 'answered' && !pair.hasConsent(nowMs);
      const hasRested = pair.state === 'failed' && nowMs - pair.failedAtMs >= RETRY_FAILED_MS;
      if ((hasExpired || hasRested) && pair.mayCheck) pair.state = 'waiting';
    }
    this.#checklist.run();
  }

  #abandonTheRest(): void {
    for (const pair of this.#checklist.pairs) {
      if (pair.state !== 'checking' && pair.state !== 'waiting') continue;
      pair.transaction?.stop();
      pair.transaction = undefined;
      pair.state = 'failed';
      pair.failedAtMs = this.#now();
      this.#endAttempt(pair, 'abandoned', 'superseded');
    }
  }

  #now(): number {
    return this.#around.outside.clock.now();
  }

  #notePublicAddress(): void {
    if (this.#foundPublicAddress || this.#closed) return;
    const mapped = this.local.candidates.find(({ type }) => type === 'srflx');
    if (!mapped) return;
    this.#foundPublicAddress = true;
    this.#record.note('public-address-found', endText(mapped));
  }

  /** The per-packet path: the frame's buffer and its callback come from the pool. */
  #sendFrame(kind: 'control' | 'media', datagram: Buffer): boolean {
    const pair = this.#active;
    const remote = this.#remote;
    if (!pair || !remote || datagram.length > MAX_TUNNELLED_BYTES) return false;
    const socket = this.#around.socket(pair.family);
    const frame = socket && this.#around.frames.take();
    if (!frame) return false;
    const length = frame.fill(remote.channels[kind], datagram);
    const counters = this.#record.carried[pair.kind];
    counters.packetsSent++;
    counters.bytesSent += length;
    socket.send(frame.bytes, 0, length, pair.port, pair.address, frame.sent);
    return true;
  }
}

function endText({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
