/**
 * The engine: everything the app does that needs no window. Hosts make one, start it, hand it to the API, and stop it.
 */
import { EventEmitter } from 'node:events';
import type { AppState, NetworkState, Notice, ServerState, Settings } from '../../shared/app.ts';
import type { NetworkReport } from '../../shared/network.ts';
import type { ClientConfiguration } from '../../shared/rendezvous.ts';
import { Calls, People, Postbox } from './call/index.ts';
import { type Identity, linkFor, loadOrCreateIdentity, spell } from './identity/index.ts';
import { EngineLadderWorld } from './ladder/world.ts';
import { NetworkReports } from './network/network-reports.ts';
import type { EmbeddedServer, EngineOptions } from './options.ts';
import type { Outside, Timer } from './outside/index.ts';
import { realOutside } from './outside/real.ts';
import { openPathService, type PathService } from './path/index.ts';
import { RendezvousClient } from './rendezvous/client.ts';
import { Envelopes } from './rendezvous/envelopes.ts';
import { openStore, type Store } from './store/index.ts';
import { RunSettings } from './volunteering/run-settings.ts';
import { Volunteer } from './volunteering/volunteer.ts';

export type { EmbeddedServer, EngineOptions } from './options.ts';

/** Contacts are shown as they were for this long after the server was lost, ms: most losses are over sooner. */
const PRESENCE_KEPT_MS = 10_000;

/** Who we are and how things stand, apart from people, calls and the network. */
export interface AppDomain extends EventEmitter<{ changed: [] }> {
  state(): AppState;
  setName(name: string): void;
  updateSettings(changes: Partial<Settings>): Promise<void>;
  /** Tries the server now instead of at the next back-off. */
  reconnect(): void;
}

export class Engine {
  readonly app: AppDomain;
  readonly people: People;
  readonly calls: Calls;
  readonly volunteer: Volunteer;
  readonly #options: EngineOptions;
  readonly #outside: Outside;
  readonly #store: Store;
  readonly #settings: RunSettings;
  readonly #identity: Identity;
  readonly #envelopes: Envelopes;
  readonly #postbox: Postbox;
  readonly #paths: PathService;
  readonly #reports: NetworkReports;
  readonly #ladderWorld: EngineLadderWorld;
  readonly #notices: Notice[] = [];
  readonly #app = new EventEmitter<{ changed: [] }>();
  #client: RendezvousClient | null = null;
  #embedded: EmbeddedServer | null = null;
  #server: ServerState;
  #presenceTimer: Timer;
  #replacing = false;
  /** One change of server after another: two at once would leave two connections, which throw each other out. */
  #connecting: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  /** @throws StoreUnreadableError or StoreInUseError, whose message is a sentence for the user */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#outside = options.outside ?? realOutside;
    const { clock, random } = this.#outside;
    const onNotice = (notice: Notice) => this.#notice(notice);
    this.#store = openStore(options.dataDirectory, { secretBox: options.secretBox, onNotice, clock });
    this.#settings = new RunSettings(this.#store.settings, options.volunteer);
    this.#identity = loadOrCreateIdentity(this.#store, random);
    this.#envelopes = new Envelopes(this.#identity, clock, random, this.#store.seenEnvelopes);
    this.#server = { url: this.#configuredUrl(), embedded: false, state: 'connecting' };
    this.#paths = openPathService({
      onMoved: (gone) => this.#client?.addressesGone(gone),
      outside: this.#outside,
      port: options.udpPort ?? 0,
      includeLoopback: options.includeLoopback ?? false,
      routerMappings: this.#asksRouters(),
      onNotice,
      logger: options.logger.child({ part: 'path' }),
    });
    this.#reports = new NetworkReports({
      clock,
      paths: this.#paths,
      logger: options.logger.child({ part: 'network' }),
    });
    this.#ladderWorld = new EngineLadderWorld({
      paths: this.#paths,
      client: () => this.#client,
      serverUrl: () => this.#server.url,
      hidesAddress: () => this.#settings.get().hideAddress,
      isOwnNode: (ticket) => this.volunteer.isOwn(ticket),
    });
    this.volunteer = new Volunteer({
      outside: this.#outside,
      paths: this.#paths,
      ticketKey: () => this.#ladderWorld.ticketKey(),
      settings: () => this.#settings.get().volunteer,
      store: this.#store.volunteering,
      machine: options.machine,
      inOwnCall: () => this.calls.inProgress,
      logger: options.logger.child({ part: 'volunteer' }),
    });
    const ownName = () => this.#store.profile.name;
    this.people = new People({
      store: this.#store,
      postbox: () => this.#postbox,
      clock,
      logger: options.logger.child({ part: 'people' }),
      ownUserId: this.#identity.userId,
      ownName,
    });
    this.#postbox = new Postbox({
      envelopes: this.#envelopes,
      clock,
      logger: options.logger.child({ part: 'postbox' }),
      isBlocked: (userId) => this.people.isBlocked(userId),
    });
    this.calls = new Calls(
      {
        outside: this.#outside,
        paths: this.#paths,
        carriers: this.#ladderWorld,
        postbox: this.#postbox,
        logger: options.logger.child({ part: 'call' }),
        ownName,
        serverNow: () => clock.wallNow() + (this.#client?.serverTimeOffsetMs ?? 0),
        isOnline: (userId) => this.people.isOnline(userId),
      },
      this.people,
      this.#store.recents,
    );
    this.#postbox.on('signal', (received) => {
      if ('callId' in received.signal) this.calls.handle(received);
      else this.people.handle(received);
    });
    this.calls.on('changed', () => this.volunteer.callsChanged());
    this.people.on('watched', (userIds) => this.#client?.setContacts(userIds));
    this.app = Object.assign(this.#app, {
      state: () => this.#state(),
      setName: (name: string) => this.#setName(name),
      updateSettings: (changes: Partial<Settings>) => this.#updateSettings(changes),
      reconnect: () => this.#reconnect(),
    });
  }

  get userId(): string {
    return this.#identity.userId;
  }

  /** How far the clock of the server is ahead of ours, ms; null while none is connected. */
  get serverTimeOffsetMs(): number | null {
    return this.#client?.state.state === 'connected' ? this.#client.serverTimeOffsetMs : null;
  }

  /** Binds the sockets and connects to the server. What fails becomes a notice, not an exception. */
  async start(): Promise<void> {
    await this.#paths.start();
    this.volunteer.start();
    await this.#connect();
    this.#envelopes.warmUp().catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'an envelope to ourselves could not be opened');
    });
  }

  /** Says goodbye and frees everything. Stopping again waits for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all([this.calls.close(), this.volunteer.close()]);
    this.#postbox.close();
    await this.#client?.stop();
    this.#outside.clock.clearTimer(this.#presenceTimer);
    await this.#embedded?.close();
    await this.#paths.close();
    this.#store.close();
    this.#app.removeAllListeners();
    this.people.removeAllListeners();
  }

  readonly network = {
    state: (): NetworkState => this.#paths.networkState(),
    onChanged: (listener: () => void): (() => void) => this.#paths.onNetworkState(listener),
    /** What is known of the network, as a person is told of it. */
    report: (): NetworkReport => this.#reports.report(),
    onReport: (listener: () => void): (() => void) => this.#reports.onChange(listener),
    /** Asks all STUN servers again. */
    refresh: (): void => this.#paths.refresh(),
  };

  #state(): AppState {
    const { userId } = this.#identity;
    const { name } = this.#store.profile;
    const link = linkFor(userId);
    return {
      version: this.#options.version,
      host: this.#options.host,
      profile: {
        userId,
        name,
        link: name ? `${link}?name=${encodeURIComponent(name)}` : link,
        spelled: spell(userId),
      },
      settings: this.#settings.get(),
      server: this.#server,
      notices: [...this.#notices],
    };
  }

  #setName(name: string): void {
    this.#store.profile.setName(name);
    this.#app.emit('changed');
    this.people.askAgain();
  }

  async #updateSettings(changes: Partial<Settings>): Promise<void> {
    const before = this.#configuredUrl();
    this.#settings.update(changes);
    this.#app.emit('changed');
    this.#paths.setRouterMappings(this.#asksRouters());
    if (changes.volunteer) this.volunteer.settingsChosen();
    if (this.#configuredUrl() !== before) await this.#connect();
  }

  #asksRouters(): boolean {
    return this.#options.routerMappings === true && this.#settings.get().routerMappings;
  }

  #configuredUrl(): string {
    return this.#options.serverUrl ?? this.#settings.get().serverUrl;
  }

  #reconnect(): void {
    this.#paths.refresh();
    if (this.#client) this.#client.reconnectNow();
    // There was no server to connect to; perhaps the embedded one can start now.
    else this.#connect().catch((error) => this.#notConnected(error));
  }

  /** Connects to the configured server, or to the embedded one when none is. */
  #connect(): Promise<void> {
    const connected = this.#connecting.then(() => this.#connectNow());
    this.#connecting = connected.catch(() => undefined);
    return connected;
  }

  #notConnected(error: unknown): void {
    this.#options.logger.error({ err: error }, 'the connection to the server could not be changed');
  }

  async #connectNow(): Promise<void> {
    if (this.#stopped) return;
    await this.#client?.stop();
    this.#outside.clock.clearTimer(this.#presenceTimer);
    this.#client = null;
    this.#postbox.useClient(null);
    this.volunteer.useClient(null);
    this.people.forgetPresence();
    // Those of the server before say nothing of the next one's.
    this.#paths.setStunServers([]);
    let url = this.#configuredUrl();
    const embedded = url === '';
    if (embedded) {
      url = await this.#embeddedUrl();
      if (url === '') return;
    } else {
      await this.#embedded?.close();
      this.#embedded = null;
    }
    if (this.#stopped) return;
    const { clock } = this.#outside;
    const client = new RendezvousClient({
      url,
      identity: this.#identity,
      clock,
      random: this.#outside.random,
      logger: this.#options.logger.child({ part: 'rendezvous' }),
    });
    let connected = false;
    client.on('state', (state) => {
      this.#server = { ...state, embedded };
      this.#reports.serverChanged(this.#server);
      const isConnected = state.state === 'connected';
      if (isConnected !== connected) {
        connected = isConnected;
        this.calls.serverChanged(connected);
        clock.clearTimer(this.#presenceTimer);
        if (connected) this.people.askAgain();
        else if (!this.#stopped)
          this.#presenceTimer = clock.setTimer(() => this.people.forgetPresence(), PRESENCE_KEPT_MS);
      }
      this.#app.emit('changed');
      // Not at once when it has closed: its ports are free only when nobody answers there any more.
      if (embedded && state.state === 'waiting' && state.reason === 'unreachable') {
        this.#replaceEmbedded().catch((error) => this.#notConnected(error));
      }
    });
    client.on('presence', (userId, online) => this.people.presence(userId, online));
    client.on('envelope', (envelope) => this.#postbox.receive(envelope));
    client.on('configuration', (configuration, serverHost) =>
      this.#configure(client, configuration, serverHost),
    );
    client.setContacts(this.people.watched());
    this.#client = client;
    this.#postbox.useClient(client);
    this.volunteer.useClient(client);
    client.start();
  }

  async #embeddedUrl(): Promise<string> {
    try {
      this.#embedded ??= (await this.#options.startEmbeddedServer?.()) ?? null;
      if (this.#stopped) await this.#embedded?.close();
      if (this.#embedded) this.#withdraw('embedded-server-failed');
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the embedded server did not start');
      this.#notice({ code: 'embedded-server-failed' });
    }
    if (!this.#embedded) {
      this.#server = { url: '', embedded: true, state: 'stopped' };
      this.#app.emit('changed');
    }
    return this.#embedded?.url ?? '';
  }

  /**
   * The embedded server we used was another Byway's on this machine, and that one has closed: run one ourselves. The
   * usual port is free now, so others on this machine find it too.
   */
  async #replaceEmbedded(): Promise<void> {
    if (!this.#embedded || this.#embedded.own || this.#replacing) return;
    const { url } = this.#embedded;
    this.#embedded = null;
    this.#replacing = true;
    try {
      if ((await this.#embeddedUrl()) === url) this.#client?.reconnectNow();
      else await this.#connect();
    } finally {
      this.#replacing = false;
    }
  }

  #configure(client: RendezvousClient, configuration: ClientConfiguration, serverHost: string): void {
    this.#ladderWorld.configure(configuration);
    this.#envelopes.serverClock(client.serverTimeOffsetMs);
    this.#paths.setStunServers(
      configuration.stunServers.map(({ host, port }) => ({ host: host || serverHost, port })),
    );
  }

  #notice(notice: Notice): void {
    if (this.#notices.some(({ code }) => code === notice.code)) return;
    this.#notices.push(notice);
    this.#app?.emit('changed');
  }

  /** What a notice said is not so any more. */
  #withdraw(code: Notice['code']): void {
    const index = this.#notices.findIndex((notice) => notice.code === code);
    if (index < 0) return;
    this.#notices.splice(index, 1);
    this.#app.emit('changed');
  }
}

/** @throws StoreUnreadableError or StoreInUseError, whose message is a sentence for the user */
export function createEngine(options: EngineOptions): Engine {
  return new Engine(options);
}
