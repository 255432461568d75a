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
import type { NetworkWord, PathParameters } from '../../../shared/signal.ts';
import type { Candidate, PathKind, TransportAddress } from '../../../shared/words.ts';
import type { LegFailure } from '../carrier/leg.ts';
import type { DatagramSocket, Timer } from '../outside/index.ts';
import { canonicalIp } from '../stun/ip.ts';
import type { StunMessage } from '../stun/message.ts';
import type { Source } from '../stun/transactions.ts';
import { candidatePriority, familyOf, isLoopback, isUnicast } from './candidates.ts';
import { Checklist } from './checklist.ts';
import { CheckCodec, type IncomingCheck } from './checks.ts';
import {
  CHANNEL_HEADER_BYTES,
  CONSENT_EXPIRY_MS,
  MAX_EARLY_CHECKS,
  MAX_TUNNELLED_BYTES,
  PWD_BYTES,
  RETRY_FAILED_MS,
  SILENT_MS,
  TICK_MS,
  UFRAG_BYTES,
  UPGRADE_PERIOD_MS,
} from './constants.ts';
import { isCheckDue, nextConsentAtMs, standbyPairs, validPairs } from './liveness.ts';
import { CandidatePair, type PairEnd } from './pair.ts';
import { Prober } from './prober.ts';
import { Punching } from './punching.ts';
import { SessionRecord } from './record.ts';
import { Selection } from './selection.ts';
import { SessionSockets } from './session-sockets.ts';
import type { LocalChange, Surroundings } from './surroundings.ts';
import type { DatagramLink, PathSession, PathSessionEvents, PathSessionOptions } from './types.ts';

/** One socket a family is one base: all our candidates stand for the same pairs, so one priority does for them. */
const OWN_PRIORITY = candidatePriority('host', 65_535);
/** All that is told of the network of who hides. */
const HIDDEN: NetworkWord = { udp: 'unknown', hidden: true };

export class Session extends EventEmitter<PathSessionEvents> implements PathSession {
  readonly local: PathParameters;
  readonly media: DatagramLink;
  readonly #around: Surroundings;
  readonly #onClosed: (session: Session) => void;
  readonly #record: SessionRecord;
  readonly #codec: CheckCodec;
  readonly #checklist: Checklist;
  readonly #prober: Prober;
  readonly #punching: Punching;
  readonly #selection = new Selection();
  readonly #logger: Logger;
  #remote: PathParameters | undefined;
  #activeSinceMs = 0;
  #lastReceivedAtMs = Number.NEGATIVE_INFINITY;
  #hasSettled = false;
  #hasChecked = false;
  #early: { message: StunMessage; datagram: Buffer; source: Source }[] = [];
  #attempts = 0;
  #tickTimer: Timer;
  #closed = false;
  readonly #hidesAddress: boolean;
  #theirsIsHidden = false;
  #everOpen = false;
  #foundPublicAddress = false;

  constructor(
    around: Surroundings,
    options: PathSessionOptions,
    channels: PathParameters['channels'],
    onClosed: (session: Session) => void,
  ) {
    super();
    const { random, clock } = around.outside;
    this.#around = around;
    this.#onClosed = onClosed;
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
      candidates: options.hidesAddress ? [] : around.candidates(),
    };
    this.#hidesAddress = options.hidesAddress === true;
    this.#codec = new CheckCodec(options.role, random, this.local);
    this.#prober = new Prober({
      around,
      codec: this.#codec,
      record: this.#record,
      localCandidates: () => this.local.candidates,
      nominationFor: (pair) =>
        this.#codec.role === 'controlling' && pair === this.#selection.nominated
          ? this.#selection.nomination
          : undefined,
      onAck: (pair, moved) => this.#acked(pair, moved),
      onRoleConflict: (pair, askedAs) => {
        if (this.#codec.role === askedAs) this.#switchRole();
        this.#prober.begin(pair);
      },
    });
    this.#checklist = new Checklist(
      {
        clock,
        makePair: (remote, socket) => this.#makePair(remote, socket),
        onTurn: (pair) => this.#firstCheck(pair),
        onRemoved: (pair) => this.#prober.end(pair, 'abandoned', 'superseded'),
      },
      options.role,
    );
    this.#checklist.setRole(options.role, OWN_PRIORITY);
    this.#punching = new Punching({
      tools: {
        around,
        codec: this.#codec,
        checklist: this.#checklist,
        prober: this.#prober,
        record: this.#record,
        sockets: new SessionSockets(around),
        localCandidates: () => this.local.candidates,
      },
      onOwnWord: (word) => {
        if (this.#hidesAddress) return;
        this.local.network = word;
        this.#record.announce((events) => events.emit('network', word));
      },
      onHopeless: () => this.#record.announce((events) => events.emit('hopeless')),
    });
    this.local.network = this.#hidesAddress ? HIDDEN : this.#punching.own;
    this.media = { send: (datagram) => this.#sendFrame('media', datagram), onDatagram: null };
    // Whoever opened this is about to listen.
    queueMicrotask(() => this.#notePublicAddress());
  }

  connect(remote: PathParameters): void {
    if (this.#closed || this.#remote) return;
    this.#remote = remote;
    this.#codec.setRemote(remote);
    this.#record.setState('searching');
    this.#punching.begin();
    this.addRemoteCandidates(remote.ufrag, remote.candidates, remote.network);
    const early = this.#early;
    this.#early = [];
    for (const { message, datagram, source } of early) this.receiveCheck(message, datagram, source);
    this.#tick();
  }

  addRemoteCandidates(ufrag: string, candidates: readonly Candidate[], network?: NetworkWord): void {
    if (this.#closed || this.#remote?.ufrag !== ufrag) return;
    if (network?.hidden) this.#theirsIsHidden = true;
    if (this.avoidsDirect) return;
    for (const candidate of candidates) {
      const address = canonicalIp(candidate.address);
      if (address === null || !this.#mayReach(address)) continue;
      const socket = this.#around.socket(familyOf(address));
      if (socket) this.#checklist.add({ ...candidate, address }, socket);
    }
    this.#checklist.run();
    if (network) this.#punching.learn(network);
  }

  addLeg(leg: DatagramSocket, { address, port }: TransportAddress): void {
    if (this.#closed || !this.#remote) return;
    this.#checklist.add({ address, port, type: 'relay', priority: candidatePriority('relay', 65_535) }, leg);
    this.#checklist.run();
  }

  removeLeg(leg: DatagramSocket): void {
    for (const pair of this.#checklist.pairs.filter(({ socket }) => socket === leg)) {
      this.#checklist.remove(pair);
      if (this.#selection.nominated === pair) this.#selection.nominated = undefined;
      if (this.#selection.active === pair) this.#dropActive();
    }
  }

  noteFailedLeg(kind: PathKind, carrier: TransportAddress, startedAtMs: number, reason: LegFailure): void {
    const end = { ...carrier, type: 'relay' as const };
    this.#record.keepAttempt({
      id: String(++this.#attempts),
      kind,
      local: this.#probableLocalEnd(carrier.address),
      remote: end,
      startedMs: this.#record.relative(startedAtMs),
      endedMs: this.#record.nowMs(),
      checksSent: 0,
      outcome: 'failed',
      reason: reason === 'no-answer' ? 'no-ack' : reason,
    });
  }

  get avoidsDirect(): boolean {
    return this.#hidesAddress || this.#theirsIsHidden;
  }

  get isHopeless(): boolean {
    return this.#punching.isHopeless;
  }

  giveUp(): void {
    if (this.#record.state !== 'open') this.#punching.giveUp();
  }

  report(): PathReport {
    return {
      ...this.#record.report(this.#selection.active, this.#activeSinceMs),
      obstacle: this.#punching.obstacle,
    };
  }

  sendControl(bytes: Buffer): boolean {
    return this.#sendFrame('control', bytes);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#around.outside.clock.clearTimer(this.#tickTimer);
    this.#checklist.close();
    this.#punching.close();
    for (const pair of this.#checklist.pairs) this.#prober.end(pair, 'abandoned', 'call-ended');
    this.#selection.active = undefined;
    this.#record.setState('closed');
    this.#record.close();
    this.media.onDatagram = null;
    this.#onClosed(this);
  }

  // ── from the socket ──────────────────────────────────────────────────────────────────────────────────────────────

  /** ChannelData on one of our channels. The per-packet path: it allocates and logs nothing. */
  receiveFrame(
    kind: 'control' | 'media',
    datagram: Buffer,
    socket: DatagramSocket,
    address: string,
    port: number,
  ): void {
    const active = this.#selection.active;
    const pair =
      active && active.port === port && active.address === address && active.socket === socket
        ? active
        : this.#checklist.find(socket, address, port);
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
    // What a carrier forwards comes from wherever the carrier is.
    const isForwarded = source.socket.through !== undefined;
    if (!check || !(isForwarded || (this.#mayReach(source.address) && !this.#hidesAddress))) return;
    const refusal = this.#codec.writeUnknown(check) ?? this.#settleRoles(check);
    this.#answer(source, refusal ?? this.#codec.writeAck(check));
    if (refusal) return;
    const { socket, address, port } = source;
    const pair =
      this.#checklist.find(socket, address, port) ??
      this.#checklist.add(
        this.#checklist.told(address, port) ?? { address, port, type: 'prflx', priority: check.priority },
        socket,
      );
    if (!pair) return;
    pair.accepted = true;
    this.#received(pair);
    const { nomination } = check;
    if (nomination !== undefined && this.#selection.acceptNomination(pair, nomination)) this.#select();
    this.#prober.trigger(pair);
  }

  // ── from the service ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Our candidates or interfaces changed: tells the other side, drops what is gone, and asks whether the rest still stands. */
  localChanged(change: LocalChange): void {
    if (this.#closed) return;
    const before = this.local.candidates;
    if (!this.#hidesAddress) this.local.candidates = this.#around.candidates();
    this.#notePublicAddress();
    const added = this.local.candidates.filter(
      ({ address, port }) => !before.some((known) => known.address === address && known.port === port),
    );
    if (added.length > 0) this.#record.announce((events) => events.emit('candidates', added));
    if (!this.#remote || !change.interfacesChanged) return;
    const nowMs = this.#now();
    if (this.#everOpen) this.#settleFrom(nowMs);
    for (const pair of this.#checklist.pairs) {
      if (pair.local.type === 'host' && change.gone.has(pair.local.address)) {
        pair.forgetProof();
      } else if (pair.hasConsent(nowMs) || pair.state === 'checking') {
        // A copy of a check from before would reach the other side from another address, as a replay does.
        this.#prober.probeAnew(pair);
      } else if (pair.state === 'failed') {
        pair.state = 'waiting';
      }
    }
    if (this.#selection.active && !this.#selection.active.hasConsent(nowMs)) this.#dropActive();
    this.#checklist.run();
    this.#select();
  }

  // ── pairs and checks ─────────────────────────────────────────────────────────────────────────────────────────────

  #mayReach(address: string): boolean {
    return isUnicast(address) && (!isLoopback(address) || this.#around.acceptsLoopback());
  }

  #makePair(remote: Candidate, socket: DatagramSocket): CandidatePair {
    const pair = new CandidatePair(socket, remote, this.#probableLocalEnd(remote.address, socket), {
      id: String(++this.#attempts),
      startedMs: this.#record.nowMs(),
    });
    this.#record.keepAttempt(pair.attempt);
    return pair;
  }

  /** Until an ack tells: the first of our candidates that is as near to us as that address. */
  #probableLocalEnd(address: string, socket?: DatagramSocket): PairEnd {
    const family = familyOf(address);
    const same = this.local.candidates.filter((candidate) => familyOf(candidate.address) === family);
    const found = same.find((candidate) => isLoopback(candidate.address) === isLoopback(address)) ?? same[0];
    if (found) return { address: found.address, port: found.port, type: found.type };
    return { address: family === 'IPv4' ? '0.0.0.0' : '::', port: socket?.port ?? 0, type: 'host' };
  }

  #firstCheck(pair: CandidatePair): void {
    if (!this.#hasChecked) {
      this.#hasChecked = true;
      this.#record.note('first-check', endText(pair.remote));
    }
    this.#prober.begin(pair);
  }

  #acked(pair: CandidatePair, moved: boolean): void {
    this.#received(pair);
    if (moved && pair === this.#selection.nominated) this.#nominate(pair);
    this.#select();
  }

  #answer(to: Source, datagram: Buffer): void {
    to.socket.send(datagram, 0, datagram.length, to.port, to.address);
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
    this.#selection.nominated = undefined;
    this.#checklist.setRole(this.#codec.role, OWN_PRIORITY);
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
    const chosen = this.#selection.decide(this.#codec.role, this.#checklist.pairs, nowMs);
    if (!chosen) return;
    if (chosen !== this.#selection.active) this.#activate(chosen);
    if (this.#selection.nominated !== chosen) this.#nominate(chosen);
    if (this.#record.state !== 'open' && nowMs - this.#lastReceivedAtMs < SILENT_MS) this.#opened();
  }

  /** Tells the other side which pair is wanted, where that is ours to say. */
  #nominate(pair: CandidatePair): void {
    if (this.#codec.role !== 'controlling') return;
    this.#selection.nominate(pair);
    this.#prober.probeAnew(pair);
  }

  #activate(pair: CandidatePair): void {
    const nowMs = this.#now();
    const before = this.#selection.active;
    this.#selection.active = pair;
    this.#activeSinceMs = this.#record.relative(nowMs);
    if (!this.#everOpen) this.#settleFrom(nowMs);
    if (pair.kind === 'direct') this.#punching.opened();
    if (before) this.#record.note('path-changed', endText(pair.remote));
    else if (this.#everOpen && this.#record.state === 'open')
      this.#record.note('path-changed', endText(pair.remote));
    this.#record.changed();
  }

  #opened(): void {
    const active = this.#selection.active;
    if (!active) return;
    this.#record.note(this.#everOpen ? 'path-back' : 'path-open', endText(active.remote));
    this.#everOpen = true;
    this.#record.setState('open');
    if (active.kind === 'direct') this.#punching.opened();
  }

  #dropActive(): void {
    this.#selection.active = undefined;
    this.#select();
    if (!this.#selection.active && this.#record.state === 'open') this.#fellSilent();
    this.#record.changed();
  }

  #fellSilent(): void {
    this.#record.note('path-silent');
    this.#record.setState('silent');
    this.#punching.begin();
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
    if (this.#selection.active?.kind !== 'direct' && !this.avoidsDirect) this.#punching.tick(nowMs);
    if (this.#record.state === 'open') {
      if (this.#selection.active?.kind !== 'direct') this.#tryBetter(nowMs);
      else if (this.#selection.hasSettled(nowMs)) this.#settle(nowMs);
    }
    this.#record.countersMoved(nowMs);
  }

  #keepAlive(nowMs: number): void {
    if (this.#selection.active && !this.#selection.active.hasConsent(nowMs)) this.#dropActive();
    const valid = validPairs(this.#checklist.pairs, nowMs);
    const { active } = this.#selection;
    for (const pair of active ? [active, ...standbyPairs(valid, active)] : standbyPairs(valid, active)) {
      if (isCheckDue(pair, active, nowMs)) {
        this.#prober.probe(pair);
        pair.consentDueAtMs = nextConsentAtMs(nowMs, this.#around.outside.random.bytes(1)[0] ?? 0);
      }
    }
    this.#select();
    const { state } = this.#record;
    if (state === 'open' && nowMs - this.#lastReceivedAtMs >= SILENT_MS) this.#fellSilent();
    if (state === 'silent' && valid.length === 0 && nowMs - this.#lastReceivedAtMs >= CONSENT_EXPIRY_MS) {
      this.#selection.active = undefined;
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

  /** While something other than a direct path carries, direct ones are tried again now and then: much may have changed. */
  #tryBetter(nowMs: number): void {
    for (const pair of this.#checklist.pairs) {
      const hasRested = pair.state === 'failed' && nowMs - pair.failedAtMs >= UPGRADE_PERIOD_MS;
      if (hasRested && pair.kind === 'direct' && pair.mayCheck) pair.state = 'waiting';
    }
    this.#checklist.run();
  }

  /** Once a path has stood for a while, what is still being tried beside it is not wanted any more. */
  #settle(nowMs: number): void {
    this.#punching.tidy((pair) => pair === this.#selection.active || pair.hasConsent(nowMs));
    if (this.#hasSettled) return;
    this.#hasSettled = true;
    for (const pair of this.#checklist.pairs) {
      if (pair.state === 'checking' || pair.state === 'waiting') this.#prober.abandon(pair);
    }
  }

  #settleFrom(nowMs: number): void {
    this.#hasSettled = false;
    this.#selection.settleFrom(nowMs);
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
    const pair = this.#selection.active;
    const remote = this.#remote;
    if (!pair || !remote || datagram.length > MAX_TUNNELLED_BYTES) return false;
    const frame = this.#around.frames.take();
    if (!frame) return false;
    const length = frame.fill(remote.channels[kind], datagram);
    const counters = this.#record.carried[pair.kind];
    counters.packetsSent++;
    counters.bytesSent += length;
    pair.socket.send(frame.bytes, 0, length, pair.port, pair.address, frame.sent);
    return true;
  }
}

function endText({ address, port }: { address: string; port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
