/** The path service: the sockets, what comes in on them told apart by its first byte (RFC 7983), and the sessions. */
import type { Logger } from 'pino';
import type { NetworkState } from '../../../shared/app.ts';
import type { NatBehaviour, NetworkReport, RouterReport } from '../../../shared/network.ts';
import type { Candidate, TransportAddress } from '../../../shared/words.ts';
import type { Leg } from '../carrier/leg.ts';
import { type LegRequest, Legs } from '../carrier/legs.ts';
import { farthest, NatDiscovery, type NatKnowledge } from '../nat/index.ts';
import type { AddressFamily, DatagramSocket, HostAddress, Outside, Timer } from '../outside/index.ts';
import { proveMapping, RouterMappings } from '../router/index.ts';
import { METHOD_JOIN, METHOD_PROBE } from '../sfu/constants.ts';
import { Discovery, type StunServerAddress } from '../stun/discovery.ts';
import { decodeStun, findAttribute, METHOD_BINDING, type StunMessage } from '../stun/message.ts';
import { type Source, Transactions } from '../stun/transactions.ts';
import { type Allocation, type AllocationRequest, Allocations } from '../turn/index.ts';
import { isLoopback, isUnicast, localCandidates, offerableHosts } from './candidates.ts';
import { type ChannelOwner, Channels } from './channels.ts';
import { IDLE_INTERFACE_POLL_MS, INTERFACE_POLL_MS, MAPPING_FRESH_MS } from './constants.ts';
import { FramePool } from './frames.ts';
import { GuestSockets } from './guest-sockets.ts';
import { measureRoundTrip, type RoundTrip } from './round-trip.ts';
import { SearchBudget } from './search-budget.ts';
import { Session } from './session.ts';
import { Sockets } from './sockets.ts';
import type { NetworkKnowledge } from './surroundings.ts';
import type { PathService, PathServiceOptions, PathSession, PathSessionOptions } from './types.ts';

export class UdpPathService implements PathService {
  readonly guests: GuestSockets;
  readonly #options: PathServiceOptions;
  readonly #outside: Outside;
  readonly #logger: Logger;
  readonly #sockets: Sockets;
  readonly #transactions: Transactions;
  readonly #discovery: Discovery;
  readonly #nat: NatDiscovery;
  readonly #routers: RouterMappings;
  readonly #frames = new FramePool();
  readonly #searchBudget: SearchBudget;
  readonly #network: NetworkKnowledge;
  readonly #channels: Channels;
  readonly #legs: Legs;
  readonly #allocations: Allocations;
  readonly #sessions = new Map<string, Session>();
  readonly #listeners = new Set<(state: NetworkState) => void>();
  #hosts: HostAddress[] = [];
  #candidates: Candidate[] = [];
  #pollTimer: Timer;
  #keptAliveAtMs = 0;
  #announced = '';
  #started = false;
  #closed = false;

  constructor(options: PathServiceOptions) {
    this.#options = options;
    this.#outside = options.outside;
    this.#logger = options.logger;
    this.#sockets = new Sockets(options, (socket, datagram, address, port) =>
      this.#receive(socket, datagram, address, port),
    );
    this.#transactions = new Transactions(this.#outside.clock);
    this.#channels = new Channels(this.#outside.random);
    this.#legs = new Legs({
      random: this.#outside.random,
      transactions: this.#transactions,
      channels: this.#channels,
      logger: options.logger,
      socket: (family) => this.#sockets.get(family),
      onDatagram: (socket, datagram, address, port) => this.#receive(socket, datagram, address, port),
    });
    this.#allocations = new Allocations({
      outside: this.#outside,
      logger: options.logger,
      onDatagram: (socket, datagram, address, port) => this.#receive(socket, datagram, address, port),
    });
    this.guests = new GuestSockets({
      channels: this.#channels,
      socket: (family) => this.#sockets.get(family),
      door: () => this.#sockets.door,
      publicAddresses: () => this.#seen(), // On loopback, too: only a server on this machine uses those.
      mayBeSentTo: (address) => this.#isUsable(address),
      openForwarding: async () => this.#outside.network.openForwarding?.(),
      onHost: () => this.#busier(),
    });
    this.#searchBudget = new SearchBudget(this.#outside.clock);
    const send = this.#send;
    this.#nat = new NatDiscovery({
      outside: this.#outside,
      transactions: this.#transactions,
      localPort: (family) => this.#sockets.get(family)?.port,
      send,
      servers: (family) => this.#discovery.answered(family),
      asking: (family) => this.#discovery.asking(family),
      hostAddresses: () => this.#hosts,
      bindAddress: options.bindAddress,
      logger: options.logger,
    });
    this.#network = options.network ?? {
      udp: () => this.#udp(),
      behaviour: (family) => this.#nat.behaviour(family),
      sampleNextPort: (family, signal) => this.#nat.sampleNextPort(family, signal),
    };
    this.#discovery = new Discovery({
      outside: this.#outside,
      transactions: this.#transactions,
      send,
      onChange: () => {
        this.#routers.reconsider();
        this.#update(new Set(), false);
      },
      onAnswer: (family) => this.#nat.answered(family),
      logger: options.logger,
    });
    this.#routers = new RouterMappings({
      outside: this.#outside,
      internalPort: async (family) =>
        (family === 'IPv4' ? await this.#sockets.openDoor() : this.#sockets.get(family))?.port,
      seen: (family) => this.#discovery.mapped(family).map(({ address }) => address),
      prove: (external, signal) =>
        proveMapping(
          {
            outside: this.#outside,
            transactions: this.#transactions,
            ask: (datagram, port, address) => void send('IPv4', datagram, port, address),
            servers: () => this.#discovery.answered('IPv4'),
            door: () => this.#sockets.door,
          },
          external,
          signal,
        ),
      includeLoopback: options.includeLoopback,
      ports: options.routerPorts,
      onChange: () => this.#update(new Set(), false),
      logger: options.logger.child({ part: 'router' }),
    });
    this.#routers.setAsks(options.routerMappings === true);
  }

  readonly #send = (family: AddressFamily, datagram: Buffer, port: number, address: string): boolean => {
    const socket = this.#sockets.get(family);
    socket?.send(datagram, 0, datagram.length, port, address);
    return socket !== undefined;
  };

  udp(): ReturnType<PathService['udp']> {
    return this.#discovery.udp();
  }

  askNearest(answered: (trip: RoundTrip | null) => void): (() => void) | undefined {
    const known = [...this.#discovery.answered('IPv4'), ...this.#discovery.answered('IPv6')];
    const [nearest] = farthest(known).sort((a, b) => a.rttMs - b.rttMs);
    if (!nearest || this.#closed) return undefined;
    const tools = { outside: this.#outside, transactions: this.#transactions, send: this.#send };
    return measureRoundTrip(tools, nearest, answered);
  }

  get nat(): NatKnowledge {
    return this.#nat;
  }

  async start(): Promise<void> {
    if (this.#started || this.#closed) return;
    this.#started = true;
    this.#hosts = this.#outside.network.hostAddresses();
    await this.#sockets.open();
    if (this.#closed) {
      this.#sockets.close();
      return;
    }
    this.#update(new Set(), false);
    this.#discovery.refresh();
    this.#routers.start();
    this.#schedulePoll();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#outside.clock.clearTimer(this.#pollTimer);
    for (const session of [...this.#sessions.values()]) session.close();
    this.#legs.close();
    this.#allocations.close();
    this.#discovery.close();
    this.#nat.close();
    const mappingsGivenBack = this.#routers.close();
    this.#transactions.stopAll();
    this.#sockets.close();
    this.#listeners.clear();
    await mappingsGivenBack;
  }

  setStunServers(servers: readonly StunServerAddress[]): void {
    if (!this.#closed) this.#discovery.setServers(servers);
  }

  refresh(): void {
    if (this.#closed || !this.#started) return;
    this.#lookAtInterfaces();
    this.#nat.again();
    this.#discovery.refresh();
    this.#routers.lookAgain();
  }

  setRouterMappings(asks: boolean): void {
    this.#routers.setAsks(asks);
  }

  routerReport(): RouterReport {
    return this.#routers.report();
  }

  networkState(): NetworkState {
    return {
      hostAddresses: this.#hosts
        .filter(({ loopback }) => !loopback || this.#options.includeLoopback === true)
        .map(({ interfaceName, address }) => ({ interfaceName, address })),
      sockets: this.#sockets.all().map(({ family, port }) => ({ family, port })),
      stun: this.#discovery.state(),
    };
  }

  onNetworkState(listener: (state: NetworkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hasNetwork(): boolean {
    const includeLoopback = this.#options.includeLoopback === true;
    return this.#outside.network
      .hostAddresses()
      .some(({ address, loopback }) => (includeLoopback || !loopback) && isUnicast(address));
  }

  open(options: PathSessionOptions): PathSession {
    // The session is named by its channels, so they are taken before there is one.
    let session: Session | undefined;
    const owner = (kind: 'control' | 'media'): ChannelOwner => ({
      receiveFrame: (datagram, socket, address, port) =>
        session?.receiveFrame(kind, datagram, socket, address, port),
    });
    const channels = {
      control: this.#channels.take(owner('control')),
      media: this.#channels.take(owner('media')),
    };
    session = new Session(
      {
        outside: this.#outside,
        transactions: this.#transactions,
        frames: this.#frames,
        logger: this.#logger,
        socket: (family) => this.#sockets.get(family),
        openExtraSocket: (family) => this.#sockets.openExtra(family),
        closeExtraSocket: (socket) => this.#sockets.closeExtra(socket),
        searchBudget: this.#searchBudget,
        network: this.#network,
        candidates: () => [...this.#candidates],
        acceptsLoopback: () => this.#acceptsLoopback(),
        lookAgain: () => {
          this.#lookAtInterfaces();
          this.#discovery.refresh();
        },
      },
      options,
      channels,
      (closed) => this.#release(closed),
    );
    this.#sessions.set(session.local.ufrag, session);
    if (this.#started && !this.#closed) {
      const roundAgeMs = this.#outside.clock.now() - this.#discovery.lastRoundAtMs;
      if (roundAgeMs > MAPPING_FRESH_MS) this.#discovery.refresh();
      this.#routers.look();
      this.#busier();
    }
    return session;
  }

  /** A call or guests need our mapping, perhaps: from now on it is kept alive as long as they do. */
  #busier(): void {
    if (!this.#started || this.#closed) return;
    this.#keptAliveAtMs = this.#outside.clock.now();
    this.#schedulePoll();
  }

  openLeg(request: LegRequest): Leg | null {
    return this.#closed ? null : this.#legs.open(request);
  }

  openAllocation(request: AllocationRequest): Allocation | null {
    return this.#closed ? null : this.#allocations.open(request);
  }

  #release(session: Session): void {
    this.#sessions.delete(session.local.ufrag);
    this.#channels.release(session.local.channels.control);
    this.#channels.release(session.local.channels.media);
  }

  /** Everything that comes in. The first byte decides. */
  #receive(socket: DatagramSocket, datagram: Buffer, address: string, port: number): void {
    const first = datagram[0];
    if (first === undefined) return;
    if (first >= 64 && first <= 79) {
      this.#channels.receive(datagram, socket, address, port);
    } else if (first <= 3) {
      this.#receiveStun(socket, datagram, address, port);
    }
  }

  #receiveStun(socket: DatagramSocket, datagram: Buffer, address: string, port: number): void {
    const message = decodeStun(datagram);
    if (!message || port === 0) return;
    const source = { socket, address, port };
    if (message.method === METHOD_JOIN) this.#receiveJoin(message, datagram, source);
    if (message.method === METHOD_PROBE) this.guests.receive(message, source);
    if (message.method !== METHOD_BINDING) return;
    if (message.class === 'success' || message.class === 'error') {
      this.#transactions.receive(message, datagram, source);
    } else if (message.class === 'request') {
      const username = findAttribute(message, 'username')?.text ?? '';
      const session = this.#sessions.get(username.slice(0, username.indexOf(':')));
      if (session) session.receiveCheck(message, datagram, source);
      else this.#nat.receiveRequest(socket.family, message.transactionId);
    }
  }

  #receiveJoin(message: StunMessage, datagram: Buffer, source: Source): void {
    if (message.class === 'success' || message.class === 'error') {
      this.#transactions.receive(message, datagram, source);
    } else if (message.class === 'indication') {
      this.#legs.receiveIndication(message, source);
    } else {
      this.guests.receive(message, source);
    }
  }

  behaviour(): NatBehaviour | undefined {
    return this.#network.behaviour('IPv4');
  }

  /** Asked in a call, whose signals come through the rendezvous server: where TCP gets through and every server is silent, UDP does not. */
  #udp(): NetworkReport['udp'] {
    const states = this.#discovery.state().map(({ state }) => state);
    if (states.includes('answered')) return 'works';
    return states.length > 0 && states.every((state) => state === 'silent') ? 'blocked' : 'unknown';
  }

  #acceptsLoopback(): boolean {
    return this.#options.includeLoopback === true || this.#hosts.every(({ loopback }) => loopback);
  }

  #schedulePoll(): void {
    const { clock } = this.#outside;
    clock.clearTimer(this.#pollTimer);
    const isBusy = this.#sessions.size > 0 || this.guests.isServing;
    const pauseMs = isBusy ? INTERFACE_POLL_MS : IDLE_INTERFACE_POLL_MS;
    this.#pollTimer = clock.setTimer(() => {
      if (this.#closed) return;
      this.#lookAtInterfaces();
      if (isBusy && clock.now() - this.#keptAliveAtMs >= this.#nat.keepAliveMs) {
        this.#keptAliveAtMs = clock.now();
        this.#discovery.keepAlive();
      }
      this.#schedulePoll();
    }, pauseMs);
  }

  #lookAtInterfaces(): void {
    const before = new Set(this.#hosts.map(({ address }) => address));
    this.#hosts = this.#outside.network.hostAddresses();
    const now = new Set(this.#hosts.map(({ address }) => address));
    const gone = new Set([...before].filter((address) => !now.has(address)));
    if (gone.size === 0 && now.size === before.size) return;
    this.#logger.info({ addresses: now.size, gone: gone.size }, 'the interfaces changed');
    this.#sockets.reopen().then(
      () => {
        if (this.#closed) return;
        this.#update(gone, true);
        this.#options.onMoved?.(gone);
        this.#nat.networkChanged();
        this.#discovery.refresh();
        this.#routers.lookAgain();
      },
      (error: unknown) => this.#logger.error({ err: error }, 'sockets could not be opened again'),
    );
  }

  /** Makes our candidates anew and tells sessions and listeners what changed. */
  #update(gone: ReadonlySet<string>, interfacesChanged: boolean): void {
    if (this.#closed) return;
    const candidates = localCandidates(this.#hostCandidates(), this.#mapped());
    const changed = JSON.stringify(candidates) !== JSON.stringify(this.#candidates);
    this.#candidates = candidates;
    if (changed || interfacesChanged) {
      for (const session of [...this.#sessions.values()]) session.localChanged({ gone, interfacesChanged });
    }
    const state = this.networkState();
    const text = JSON.stringify([state, this.routerReport()]);
    if (text === this.#announced) return;
    this.#announced = text;
    for (const listener of [...this.#listeners]) {
      try {
        listener(state);
      } catch (error) {
        this.#logger.error({ err: error }, 'a listener of the network state failed');
      }
    }
  }

  #hostCandidates(): TransportAddress[] {
    const { bindAddress, includeLoopback } = this.#options;
    const hosts = bindAddress
      ? this.#sockets.all().flatMap(({ family }) => bindAddress[family] ?? [])
      : offerableHosts(this.#hosts, includeLoopback === true).map(({ address }) => address);
    return hosts.flatMap((address) => {
      const socket = this.#sockets.get(address.includes(':') ? 'IPv6' : 'IPv4');
      return socket ? [{ address, port: socket.port }] : [];
    });
  }

  #mapped(): TransportAddress[] {
    return this.#seen().filter(({ address }) => this.#isUsable(address));
  }

  /** What the router mapped for us stays open to everybody, so it goes first. */
  #seen(): TransportAddress[] {
    return [this.#routers.offered(), this.#discovery.mapped('IPv4'), this.#discovery.mapped('IPv6')].flat();
  }

  #isUsable(address: string): boolean {
    return isUnicast(address) && (!isLoopback(address) || this.#acceptsLoopback());
  }
}
