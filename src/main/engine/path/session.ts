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
import type { Candidate } from '../../../shared/words.ts';
import type { DatagramSocket } from '../outside/index.ts';
import { canonicalIp } from '../stun/ip.ts';
import type { StunMessage } from '../stun/message.ts';
import type { Source } from '../stun/transactions.ts';
import { familyOf, isLoopback, isUnicast, OWN_PRIORITY, probableLocalEnd } from './candidates.ts';
import { Checklist } from './checklist.ts';
import { CheckCodec, type IncomingCheck } from './checks.ts';
import {
  CHANNEL_HEADER_BYTES,
  CHECK_PAUSES_MS,
  MAX_EARLY_CHECKS,
  MAX_TUNNELLED_BYTES,
  PWD_BYTES,
  UFRAG_BYTES,
  UPGRADE_PAUSES_MS,
} from './constants.ts';
import { CandidatePair, endText } from './pair.ts';
import { Prober } from './prober.ts';
import { Punching } from './punching.ts';
import { SessionRecord } from './record.ts';
import { Selection } from './selection.ts';
import { SessionLegs } from './session-legs.ts';
import { SessionSockets } from './session-sockets.ts';
import { Steering } from './steering.ts';
import type { LocalChange, Surroundings } from './surroundings.ts';
import type { DatagramLink, PathSession, PathSessionEvents, PathSessionOptions } from './types.ts';

/** All that is told of the network of who hides. */
const HIDDEN: NetworkWord = { udp: 'unknown', hidden: true };

export class Session extends EventEmitter<PathSessionEvents> implements PathSession {
  readonly local: PathParameters;
  readonly media: DatagramLink;
  readonly legs: SessionLegs;
  readonly #around: Surroundings;
  readonly #onClosed: (session: Session) => void;
  readonly #record: SessionRecord;
  readonly #codec: CheckCodec;
  readonly #checklist: Checklist;
  readonly #prober: Prober;
  readonly #punching: Punching;
  readonly #selection = new Selection();
  readonly #steering: Steering;
  readonly #logger: Logger;
  #remote: PathParameters | undefined;
  #hasChecked = false;
  #early: { message: StunMessage; datagram: Buffer; source: Source }[] = [];
  #attempts = 0;
  #closed = false;
  readonly #hidesAddress: boolean;
  #theirsIsHidden = false;
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
      onAck: (pair, moved) => this.#steering.acked(pair, moved),
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
    this.#steering = new Steering({
      around,
      codec: this.#codec,
      record: this.#record,
      checklist: this.#checklist,
      prober: this.#prober,
      punching: this.#punching,
      selection: this.#selection,
      avoidsDirect: () => this.avoidsDirect,
      onStranded: () => around.lookAgain(),
    });
    this.legs = new SessionLegs({
      checklist: this.#checklist,
      steering: this.#steering,
      record: this.#record,
      clock,
      isConnected: () => !this.#closed && this.#remote !== undefined,
      nextAttempt: () => String(++this.#attempts),
      localCandidates: () => this.local.candidates,
    });
    this.local.network = this.#hidesAddress ? HIDDEN : this.#punching.own;
    this.media = {
      send: (datagram) => this.#sendFrame('media', datagram),
      loses: () => this.#selection.active?.loses === true,
      onDatagram: null,
    };
    // Whoever opened this is about to listen.
    queueMicrotask(() => this.#notePublicAddress());
  }

  connect(remote: PathParameters): void {
    if (this.#closed || this.#remote) return;
    this.#remote = remote;
    this.#codec.setRemote(remote);
    this.#steering.audit.connect(this.local.pwd, remote.pwd);
    this.#record.setState('searching');
    this.#punching.begin();
    this.addRemoteCandidates(remote.ufrag, remote.candidates, remote.network);
    const early = this.#early;
    this.#early = [];
    for (const { message, datagram, source } of early) this.receiveCheck(message, datagram, source);
    this.#steering.begin();
  }

  addRemoteCandidates(ufrag: string, candidates: readonly Candidate[], network?: NetworkWord): void {
    if (this.#closed || this.#remote?.ufrag !== ufrag) return;
    if (network?.hidden) this.#theirsIsHidden = true;
    if (this.avoidsDirect) return;
    for (const candidate of candidates) {
      const address = canonicalIp(candidate.address);
      if (address === null || !this.mayReach(address)) continue;
      const socket = this.#around.socket(familyOf(address));
      if (socket) this.#checklist.add({ ...candidate, address }, socket);
    }
    this.#checklist.run();
    if (network) this.#punching.learn(network);
    this.#steering.theirsChanged();
  }

  get avoidsDirect(): boolean {
    return this.#hidesAddress || this.#theirsIsHidden;
  }

  get carries(): boolean {
    return this.#record.state === 'open' && this.#steering.isHeard;
  }

  get isHopeless(): boolean {
    return this.#punching.isHopeless;
  }

  get isLongShot(): boolean {
    return this.#punching.isLongShot;
  }

  giveUp(): void {
    if (this.#record.state !== 'open') this.#punching.giveUp();
  }

  report(): PathReport {
    return {
      ...this.#record.report(this.#selection.active, this.#steering.activeSinceMs),
      obstacle: this.#punching.obstacle,
    };
  }

  sendControl(bytes: Buffer): boolean {
    return this.#sendFrame('control', bytes);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#steering.close();
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
    if (pair.judge) this.#steering.audit.received(pair, datagram, CHANNEL_HEADER_BYTES, length);
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
    if (!check || !(isForwarded || (this.mayReach(source.address) && !this.#hidesAddress))) return;
    const { socket, address, port } = source;
    const known = this.#checklist.find(socket, address, port);
    // What was left shall not be gone back to, at the other side neither.
    if (known?.isLeaving && known !== this.#selection.active) return;
    const refusal = this.#codec.writeUnknown(check) ?? this.#settleRoles(check);
    this.#answer(source, refusal ?? this.#codec.writeAck(check));
    if (refusal) return;
    const pair =
      known ??
      this.#checklist.add(
        this.#checklist.told(address, port) ?? { address, port, type: 'prflx', priority: check.priority },
        socket,
      );
    if (!pair) return;
    pair.checkCame(this.#around.outside.clock.now());
    this.#steering.received(pair);
    const { nomination, tally } = check;
    if (tally) this.#steering.audit.told(pair, tally);
    if (nomination !== undefined && this.#selection.acceptNomination(pair, nomination)) {
      this.#steering.select();
    }
    pair.earn(this.#around.outside.clock.now());
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
    this.#record.announce((events) => events.emit('moved'));
    this.#steering.interfacesChanged(change.gone);
  }

  // ── pairs and checks ─────────────────────────────────────────────────────────────────────────────────────────────

  mayReach(address: string): boolean {
    return isUnicast(address) && (!isLoopback(address) || this.#around.acceptsLoopback());
  }

  #makePair(remote: Candidate, socket: DatagramSocket): CandidatePair {
    const pair = new CandidatePair(
      socket,
      remote,
      probableLocalEnd(this.local.candidates, remote.address, socket),
      {
        id: String(++this.#attempts),
        startedMs: this.#record.nowMs(),
      },
    );
    this.#record.keepAttempt(pair.attempt);
    return pair;
  }

  #firstCheck(pair: CandidatePair): void {
    if (!this.#hasChecked) {
      this.#hasChecked = true;
      this.#record.note('first-check', endText(pair.remote));
    }
    // Beside a path that carries there is no haste, and little allowance.
    this.#prober.begin(pair, pair.triedAgainAtMs > 0 && this.carries ? UPGRADE_PAUSES_MS : CHECK_PAUSES_MS);
  }

  #answer({ socket, port, address }: Source, datagram: Buffer): void {
    socket.send(datagram, 0, datagram.length, port, address);
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
    this.#steering.select();
  }

  #notePublicAddress(): void {
    const mapped = this.local.candidates.find(({ type }) => type === 'srflx');
    if (!mapped || this.#foundPublicAddress || this.#closed) return;
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
    if (pair.judge) this.#steering.audit.sent(pair, datagram);
    const counters = this.#record.carried[pair.kind];
    counters.packetsSent++;
    counters.bytesSent += length;
    pair.socket.send(frame.bytes, 0, length, pair.port, pair.address, frame.sent);
    return true;
  }
}
