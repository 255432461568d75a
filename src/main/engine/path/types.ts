/** What the rest of the engine sees of paths. */
import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { NetworkState, Notice } from '../../../shared/app.ts';
import type { PathReport, TimelineEvent } from '../../../shared/call.ts';
import type { NatBehaviour, RouterReport } from '../../../shared/network.ts';
import type { NetworkWord, PathParameters } from '../../../shared/signal.ts';
import type { Candidate, PathKind, TransportAddress } from '../../../shared/words.ts';
import type { Leg, LegFailure } from '../carrier/leg.ts';
import type { LegRequest } from '../carrier/legs.ts';
import type { NatKnowledge } from '../nat/index.ts';
import type { DatagramSocket, Outside } from '../outside/index.ts';
import type { RouterPorts } from '../router/index.ts';
import type { Allocation, AllocationRequest } from '../turn/index.ts';
import type { Misdeed } from './audit/judge.ts';
import type { GuestSockets } from './guest-sockets.ts';
import type { RoundTrip } from './round-trip.ts';
import type { NetworkKnowledge } from './surroundings.ts';

/** The listening half of an EventEmitter: who holds this can follow events and not make them. */
export type TypedEvents<Events extends Record<keyof Events, unknown[]>> = Pick<
  EventEmitter<Events>,
  'on' | 'once' | 'off'
>;

export interface PathServiceOptions {
  readonly outside: Outside;
  /** Preferred UDP port, 0 for any. Where it is taken any other is used, and `onNotice` is told `port-taken`. */
  readonly port?: number;
  /** Bind these addresses alone, for tests. A family that is left out gets no socket. */
  readonly bindAddress?: { readonly IPv4?: string; readonly IPv6?: string };
  /** Offer and accept loopback candidates; otherwise only where there is no other address. */
  readonly includeLoopback?: boolean;
  /** Ask routers for a mapping of our port; absent means no. */
  readonly routerMappings?: boolean;
  /** Where routers are asked, for tests. */
  readonly routerPorts?: RouterPorts;
  readonly onNotice?: (notice: Notice) => void;
  /** Addresses of this machine came or went; these are gone. */
  readonly onMoved?: (gone: ReadonlySet<string>) => void;
  /** What is known of the network, in place of what is found out. */
  readonly network?: NetworkKnowledge;
  readonly logger: Logger;
}

/** The engine's UDP sockets and everything that is the same for all calls. */
export interface PathService {
  /** Binds the sockets and asks the STUN servers. Never fails: what could not be had is told to `onNotice`. */
  start(): Promise<void>;
  /** Closes every session and socket. */
  close(): Promise<void>;
  setStunServers(servers: readonly { readonly host: string; readonly port: number }[]): void;
  /** Looks at the interfaces and asks all STUN servers, now. */
  refresh(): void;
  /** Whether routers are to be asked for a mapping of our port. What they gave is given back when not. */
  setRouterMappings(asks: boolean): void;
  /** What they said. A change is announced as one of the network state. */
  routerReport(): RouterReport;
  networkState(): NetworkState;
  /**
   * Asks the nearest STUN server, outside our own network where there is one, how long the way there and back is now. Once, from the calls'
   * own socket.
   *
   * @param answered is called once, with null when nothing came within `ROUND_TRIP_LIMIT_MS`
   * @returns what ends the waiting; undefined where no server is known, and nothing is called
   */
  askNearest(answered: (trip: RoundTrip | null) => void): (() => void) | undefined;
  /** Whether UDP reaches a STUN server; `silent` when none of them answered. */
  udp(): 'unknown' | 'asking' | 'works' | 'silent';
  /** What is known of the NATs before us. */
  readonly nat: NatKnowledge;
  /** Returns what stops the listening. */
  onNetworkState(listener: (state: NetworkState) => void): () => void;
  /** Whether any address is up that another machine could reach (or loopback, where that is included). */
  hasNetwork(): boolean;
  /** What is known of the NAT before our IPv4 socket. */
  behaviour(): NatBehaviour | undefined;
  open(options: PathSessionOptions): PathSession;
  /** A leg to a carrier. Null where this machine has no socket for it, or too many legs. */
  openLeg(request: LegRequest): Leg | null;
  /** An address at a TURN server. Null where there are too many. */
  openAllocation(request: AllocationRequest): Allocation | null;
  /** The sockets as a node uses them that serves guests. */
  readonly guests: GuestSockets;
}

export interface PathSessionOptions {
  /** RFC 8445 §6.1.1; a conflict between two of the same role is settled by the checks. */
  readonly role: 'controlling' | 'controlled';
  /** `clock.now()` when the call began; all times of the report are relative to it. */
  readonly startedAtMs: number;
  /** The other side shall not learn our address: no candidates are told, and no check leaves but over legs. */
  readonly hidesAddress?: boolean;
}

export interface PathSessionEvents {
  /** Further candidates of ours, for the other side. */
  candidates: [Candidate[]];
  /** What is known of our network, for the other side, where it is news or a new sample. */
  network: [NetworkWord];
  /** No path can be had between these two networks, and trying on is in vain; `report().obstacle` says why. */
  hopeless: [];
  /** Something in `report()` changed; at most every 50 ms, and once a second for counters alone. */
  report: [];
  timeline: [TimelineEvent];
  state: [PathReport['state']];
  /** Datagrams flowed and come no more, and nothing known answers: new ways are wanted. Again every 2 s while that is so. */
  stranded: [];
  /** The node of a leg must be left, for what it does to datagrams; the call stays on it while there is nothing else. */
  condemned: [DatagramSocket, Misdeed];
  /** An address of this machine came or went. */
  moved: [];
  /** A control message from the other engine. The bytes belong to the listener. */
  control: [Buffer];
}

/** The way from this engine to one other one, for one call. */
export interface PathSession extends TypedEvents<PathSessionEvents> {
  /** Our credentials and channels, and the candidates gathered so far. */
  readonly local: PathParameters;
  /** Starts the checks. Later calls are ignored. */
  connect(remote: PathParameters): void;
  /** Candidates that trickled in, and news of their network; those of other credentials than the connected ones are ignored. */
  addRemoteCandidates(ufrag: string, candidates: readonly Candidate[], network?: NetworkWord): void;
  /** Whether anything is sent to an address that the other side named. */
  mayReach(address: string): boolean;
  /** One of the two sides hides its address, so that only carriers can join them. */
  readonly avoidsDirect: boolean;
  /** Whether a direct path would take luck, as far as both networks are known, or cannot be. */
  readonly isLongShot: boolean;
  /** Whether it was found that no path can be had. */
  readonly isHopeless: boolean;
  /** No path is waited for any longer: nothing more is tried, and `report().obstacle` says what stood in the way. */
  giveUp(): void;
  /** Its ways over carriers. */
  readonly legs: CarriedWays;
  /** Open, and not fallen silent since. */
  readonly carries: boolean;
  report(): PathReport;
  /** One datagram to the other engine, not repeated when lost. False when there is no path or it is longer than `MAX_TUNNELLED_BYTES`. */
  sendControl(bytes: Buffer): boolean;
  readonly media: DatagramLink;
  close(): void;
}

/** Ways over carriers: each leg is one more way for the checks of a session. */
export interface CarriedWays {
  /** A leg stands: checks go over it, and it carries the call unless something better does. */
  add(leg: DatagramSocket, carrier: TransportAddress): void;
  /** A leg is gone, and what went over it. */
  remove(leg: DatagramSocket): void;
  /** The carrier of a leg goes soon: whatever else answers is better from now on. */
  leave(leg: DatagramSocket): void;
  /** Whether the other side answered a check over it lately. */
  answers(leg: DatagramSocket): boolean;
  /** Whether the call could go on over it now: it answers, also since it was last left for dead, and was not just left. */
  mayTakeOver(leg: DatagramSocket): boolean;
  /** A carrier gave no leg; for the report. @param startedAtMs by `clock.now()` */
  noteFailed(kind: PathKind, carrier: TransportAddress, startedAtMs: number, reason: LegFailure): void;
}

/** Datagrams to and from the other side, over whatever path there is. */
export interface DatagramLink {
  /** Sends a copy of the datagram over the path. False where there is none, or it is longer than `MAX_TUNNELLED_BYTES`. */
  send(datagram: Buffer): boolean;
  /** Whether the path that carries now is known to lose datagrams. */
  loses(): boolean;
  /** Gets `length` bytes from `offset` of a buffer it may keep and must not change. */
  onDatagram: ((datagram: Buffer, offset: number, length: number) => void) | null;
}
