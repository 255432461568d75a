/**
 * A line: everything between this machine's media end and one machine of the other user. A path session towards their
 * engine, a tunnel towards our renderer, and the two session descriptions.
 */
import { EventEmitter } from 'node:events';
import { isIPv4 } from 'node:net';
import type { Logger } from 'pino';
import type { LocalEndpoint } from '../../../shared/call.ts';
import type { CarrierEnd } from '../../../shared/rendezvous.ts';
import type { CarrierOffer, NetworkWord, PathParameters } from '../../../shared/signal.ts';
import type { Candidate, Description, DeviceId } from '../../../shared/words.ts';
import { Ladder, type LadderWorld } from '../ladder/index.ts';
import { TurnRung, type TurnWord } from '../ladder/turn-rung.ts';
import type { Outside } from '../outside/index.ts';
import type { PathService, PathSession } from '../path/index.ts';
import {
  checkDescription,
  type IceCredentials,
  iceCredentials,
  openTunnel,
  stripCandidates,
  type Tunnel,
  withLoopbackCandidate,
} from '../tunnel/index.ts';
import { MAX_EARLY_CANDIDATES } from './constants.ts';
import { RefusedError } from './errors.ts';
import { type Flight, Flights } from './flights.ts';

/** Whether a description that came can be what our media end answers. */
export function isUsableOffer({ type, sdp }: Description): boolean {
  return type === 'offer' && checkDescription(sdp).usable;
}

/** Whether a description that came can be what the media end we described is joined to. */
export function isUsableAnswer({ type, sdp }: Description): boolean {
  return type === 'answer' && checkDescription(sdp).usable;
}

export interface LineOptions {
  readonly outside: Outside;
  readonly paths: PathService;
  /** Where carriers come from when no direct path is found. */
  readonly carriers: LadderWorld;
  readonly logger: Logger;
  /** Whom the call is with. */
  readonly otherUser: string;
  readonly role: LocalEndpoint['role'];
  /** `clock.now()` when the call began; the report's times are relative to it. */
  readonly startedAtMs: number;
  /** Whether the call has been answered. */
  readonly isAnswered: () => boolean;
  /** The media end, where a page has made it ahead. */
  readonly ready?: ReadyEndpoint | undefined;
}

/** A media end that was made before there was a call. */
export interface ReadyEndpoint {
  readonly endpointId: string;
  /** What it reaches its engine with by ICE, where it has been told already. */
  readonly known?: IceCredentials | undefined;
}

export class Line extends EventEmitter<{
  /** The endpoint the renderer must make has changed. */
  endpoint: [];
  /** Our renderer has described itself. */
  described: [Description];
  /** There is no loopback port for the media end. */
  failed: [];
  /** Carriers were found that the other side is to join, too. */
  carriers: [CarrierOffer[]];
  /** A TURN server gave us an address that the other side is to know. */
  turn: [TurnWord];
  /** What our media end says of its handshake while no path carries it; datagrams, base64. */
  flight: [string[]];
}> {
  readonly role: LocalEndpoint['role'];
  readonly session: PathSession;
  readonly ladder: Ladder;
  readonly turn: TurnRung;
  /** The other user's machine this line leads to, once one is known. */
  device: DeviceId | undefined;
  readonly #flights: Flights;
  #announced = false;
  readonly #id: string;
  readonly #known: IceCredentials | undefined;
  readonly #tunnel: Promise<Tunnel>;
  #port: number | undefined;
  #local: Description | undefined;
  #remote: Description | undefined;
  /** Theirs, as our media end is given it: made once, for every snapshot has it. */
  #given: Description | undefined;
  #remoteUfrag: string | undefined;
  #theirNetwork: NetworkWord | undefined;
  #theirLandmarks: PathParameters['landmarks'];
  #theirPublic: Candidate | undefined;
  #early: { ufrag: string; candidates: readonly Candidate[]; network: NetworkWord | undefined }[] = [];
  #closed = false;

  constructor(options: LineOptions) {
    super();
    this.role = options.role;
    this.#known = options.ready?.known;
    this.#id = options.ready?.endpointId ?? options.outside.random.bytes(9).toString('base64url');
    this.session = options.paths.open({
      role: options.role === 'offerer' ? 'controlling' : 'controlled',
      startedAtMs: options.startedAtMs,
      hidesAddress: options.carriers.hidesAddress(),
    });
    // They say about where on earth a machine is, so they stay away with its address.
    if (!options.carriers.hidesAddress()) this.session.local.landmarks = options.carriers.ownEnd().landmarks;
    this.ladder = new Ladder({
      outside: options.outside,
      world: options.carriers,
      session: this.session,
      logger: options.logger,
      ends: () => [options.carriers.ownEnd(), this.#theirEnd()],
      otherUser: options.otherUser,
      tell: (offers) => this.emit('carriers', offers),
      isAnswered: options.isAnswered,
    });
    this.turn = new TurnRung({
      clock: options.outside.clock,
      world: options.carriers,
      session: this.session,
      logger: options.logger,
      tell: (word) => this.emit('turn', word),
    });
    this.#flights = new Flights({
      mayTell: () => this.announced && this.device !== undefined,
      isFrom: (device, ufrag) =>
        this.isConnected ? device === this.device && ufrag === this.#remoteUfrag : undefined,
      tell: (datagrams) => this.emit('flight', datagrams),
      hear: (datagram) => {
        this.#tunnel.then(
          (tunnel) => tunnel.hear(datagram),
          () => undefined,
        );
      },
    });
    this.#tunnel = openTunnel(options.outside, options.logger, (datagrams) => this.#flights.said(datagrams));
    this.#tunnel.then(
      (tunnel) => {
        if (this.#closed) {
          tunnel.close();
          return;
        }
        this.#port = tunnel.port;
        tunnel.attach(this.session.media);
        this.#expectChecks(tunnel);
        this.session.on('state', (state) => {
          if (state !== 'open') return;
          tunnel.linkOpened();
          this.#flights.pathOpened();
        });
        this.emit('endpoint');
      },
      (error) => {
        options.logger.error({ err: error }, 'no loopback port for the media end');
        this.emit('failed');
      },
    );
  }

  get id(): string {
    return this.#id;
  }

  /** Whether our credentials have gone to that machine, so that what follows of the line means something to it. */
  get announced(): boolean {
    return this.#announced;
  }

  set announced(announced: boolean) {
    this.#announced = announced;
    this.#flights.lookAgain();
  }

  /** Our own description without candidates, once the renderer made it. */
  get localDescription(): Description | undefined {
    return this.#local;
  }

  get isConnected(): boolean {
    return this.#remoteUfrag !== undefined;
  }

  /** Whether checks go to these parameters, so that a description which comes with them belongs to this line. */
  isConnectedTo(path: PathParameters): boolean {
    return this.#remoteUfrag === path.ufrag;
  }

  /** Whether our renderer has what the other side described. */
  get hasRemoteDescription(): boolean {
    return this.#remote !== undefined;
  }

  /** What the renderer must make now. */
  endpoint(): LocalEndpoint {
    if (this.#given === undefined && this.#remote && this.#port !== undefined) {
      const { type, sdp } = this.#remote;
      this.#given = { type, sdp: withLoopbackCandidate(sdp, this.#port, this.#known) };
    }
    return { id: this.#id, role: this.role, described: this.#local !== undefined, remote: this.#given };
  }

  /**
   * The renderer's description of its end.
   * @throws RefusedError DESCRIPTION_UNUSABLE when it lacks what a call needs, or comes a second time.
   */
  describe(description: Description): void {
    if (this.#closed) return;
    const expected = this.role === 'offerer' ? 'offer' : 'answer';
    if (this.#local || description.type !== expected || !checkDescription(description.sdp).usable) {
      throw new RefusedError('DESCRIPTION_UNUSABLE');
    }
    this.#local = { type: description.type, sdp: stripCandidates(description.sdp) };
    this.emit('described', this.#local);
  }

  /** Lets the answerer's renderer start with the caller's description, before any path is wanted. */
  setRemoteDescription(description: Description): boolean {
    const expected = this.role === 'offerer' ? 'answer' : 'offer';
    if (description.type !== expected || !checkDescription(description.sdp).usable) return false;
    this.#remote = { type: description.type, sdp: stripCandidates(description.sdp) };
    this.#given = undefined;
    this.#whenTunnelIsOpen();
    this.emit('endpoint');
    return true;
  }

  /** Starts checks towards the other engine. */
  connect(path: PathParameters, device: DeviceId): void {
    if (this.#closed || this.isConnected) return;
    this.device = device;
    this.#remoteUfrag = path.ufrag;
    this.#theirNetwork = path.network;
    this.#theirLandmarks = path.landmarks;
    this.#notePublic(path.candidates);
    this.session.connect(path);
    for (const { ufrag, candidates, network } of this.#early) {
      if (ufrag === this.#remoteUfrag) this.#notePublic(candidates);
      this.session.addRemoteCandidates(ufrag, candidates, network);
    }
    this.#early = [];
    this.#flights.lookAgain();
    this.ladder.begin(this.role === 'offerer', path.network?.hidden === true);
    this.turn.begin(this.role === 'offerer');
  }

  /** Carriers that the other side found. */
  carriersOffered(ufrag: string, offers: readonly CarrierOffer[]): void {
    if (!this.#closed && ufrag === this.#remoteUfrag) this.ladder.offered(offers);
  }

  /** The other side has an address at a TURN server. */
  turnTold(ufrag: string, word: TurnWord): void {
    if (!this.#closed && ufrag === this.#remoteUfrag) this.turn.heard(word);
  }

  /** Candidates that trickle in, and news of their network; those that overtook their owner's credentials wait for them. */
  addRemoteCandidates(ufrag: string, candidates: readonly Candidate[], network?: NetworkWord): void {
    if (this.#closed) return;
    if (ufrag === this.#remoteUfrag) {
      if (network) this.#theirNetwork = network;
      this.#notePublic(candidates);
    }
    if (this.isConnected) this.session.addRemoteCandidates(ufrag, candidates, network);
    else if (this.#early.length < MAX_EARLY_CANDIDATES) this.#early.push({ ufrag, candidates, network });
  }

  /** Some of their handshake, from one of their machines; before the line is with one it waits for that. */
  flightCame(device: DeviceId, flight: Flight): void {
    this.#flights.came(device, flight);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flights.close();
    this.ladder.close();
    this.turn.close();
    this.session.close();
    this.#tunnel.then(
      (tunnel) => tunnel.close(),
      () => undefined,
    );
    this.removeAllListeners();
  }

  /** Where STUN sees them, which a node behind a filter has to know. */
  #notePublic(candidates: readonly Candidate[]): void {
    this.#theirPublic =
      candidates.findLast(({ type, address }) => type === 'srflx' && isIPv4(address)) ?? this.#theirPublic;
  }

  /** What is known of the other end, for a choice of carriers. */
  #theirEnd(): CarrierEnd {
    const network = this.#theirNetwork;
    return {
      address: this.#theirPublic?.address,
      port: this.#theirPublic?.port,
      udp: network?.udp,
      behaviour: network?.behaviour,
      landmarks: this.#theirLandmarks ?? [],
    };
  }

  #whenTunnelIsOpen(): void {
    this.#tunnel.then(
      (tunnel) => this.#expectChecks(tunnel),
      () => undefined,
    );
  }

  /** Our renderer checks with the credentials of the description that it is given. */
  #expectChecks(tunnel: Tunnel): void {
    const credentials = this.#known ?? (this.#remote && iceCredentials(this.#remote.sdp));
    if (credentials && !this.#closed) tunnel.expect(credentials);
  }
}
