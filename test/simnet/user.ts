/**
 * A user's machine with the engine's own paths, ladders and, where they lend their line, node. What the engine says to the server goes
 * there late and in order; that is all that is not the engine's.
 */
import { isIPv4 } from 'node:net';
import pino from 'pino';
import type { LadderWorld } from '../../src/main/engine/ladder/index.ts';
import { openPathService, type PathService } from '../../src/main/engine/path/index.ts';
import { type Loan, SfuNode } from '../../src/main/engine/sfu/node.ts';
import type { NodeOwner } from '../../src/server/directory/nodes.ts';
import type { CarrierEnd, ServerFrame } from '../../src/shared/rendezvous.ts';
import { Envelopes, type SignallingQuality } from './envelopes.ts';
import type { Host } from './host.ts';
import type { SimulatedInternet, Site } from './internet.ts';
import type { Kind } from './kinds.ts';
import type { SimulatedRendezvous } from './rendezvous.ts';

export const logger = pino({ level: 'silent' });

export interface UserOptions {
  readonly internet: SimulatedInternet;
  readonly server: SimulatedRendezvous;
  readonly name: string;
  readonly kind: Kind;
  readonly site: Site;
  /** From the machine to the server, and from there to it. */
  readonly toServer: SignallingQuality;
  /** What they lend when they do; undefined for who never does. */
  readonly lends: Omit<Loan, 'enabled'> | undefined;
}

/** A running app: gone as a whole when it is killed. */
interface App {
  readonly paths: PathService;
  readonly node: SfuNode;
  readonly owner: NodeOwner & { present: boolean };
  readonly stopListening: () => void;
}

export class User {
  readonly options: UserOptions;
  readonly host: Host;
  readonly world: LadderWorld;
  /** Whether they lend their line now. */
  lending = false;
  isInCall = false;
  /** Since the beginning, of nodes that are gone too. */
  callsCarried = 0;
  #app: App | undefined;
  readonly #up: Envelopes;
  readonly #down: Envelopes;

  constructor(options: UserOptions) {
    const { internet, name, site, toServer } = options;
    this.options = options;
    this.host = internet.host(name);
    this.#up = new Envelopes(internet, `${name} to the server`, toServer);
    this.#down = new Envelopes(internet, `the server to ${name}`, toServer);
    internet.connect(this.host, site);
    this.world = this.#world();
  }

  get isRunning(): boolean {
    return this.#app !== undefined;
  }

  /** @throws Error where the app is not running: a mistake of the test */
  get paths(): PathService {
    if (!this.#app) throw new Error(`${this.options.name} is not running`);
    return this.#app.paths;
  }

  /** Calls that its node carries now, also such as have one side yet. */
  get bridges(): number {
    return this.#app?.node.state().bridges.length ?? 0;
  }

  get isOffered(): boolean {
    return this.#app?.node.state().state === 'offered';
  }

  /** Where STUN sees its calls' socket. */
  publicEnd(): { address: string; port: number } | undefined {
    const mapped = this.#app?.paths.networkState().stun.find(({ nearest }) => nearest)?.mapped;
    return mapped && isIPv4(mapped.address) ? mapped : undefined;
  }

  async start(): Promise<void> {
    const { server, internet, site } = this.options;
    const { outside } = this.host;
    const paths = openPathService({ outside, logger });
    const publicAddress = () => this.publicEnd()?.address ?? site.router.publicIPv4 ?? '';
    const owner = {
      userId: this.options.name,
      get address() {
        return publicAddress();
      },
      present: true,
      tell: (frame: ServerFrame) => this.#down.send(frame, (told) => this.#told(told)),
    };
    const { nodes } = server.directory;
    const node = new SfuNode({
      clock: outside.clock,
      random: outside.random,
      sockets: paths.guests,
      server: {
        isConnected: () => owner.present,
        ticketKey: () => server.ticketKey,
        offer: (offer) => {
          this.#up.send(offer, (told) => nodes.offer(owner, told));
          return true;
        },
        withdraw: (carrier) => this.#up.send(carrier, (told) => nodes.withdraw(owner, told)),
      },
      behaviour: () => paths.behaviour(),
      landmarks: () => landmarksOf(paths),
      settings: () => ({ enabled: this.lending, ...(this.options.lends ?? NOTHING) }),
      onChange: () => undefined,
      logger,
    });
    const look = () => node.look();
    const stops = [paths.onNetworkState(look), paths.nat.onChange(look)];
    const stopListening = () => {
      for (const stop of stops) stop();
    };
    this.#app = { paths, node, owner, stopListening };
    if (!this.host.isConnected) internet.connect(this.host, site);
    await paths.start();
    paths.setStunServers(server.stunServers);
    node.look();
  }

  /** Begins to lend the line, or takes leave of its guests. */
  lend(lending: boolean): void {
    this.lending = lending;
    this.#app?.node.look();
  }

  /** The program ends in good order. */
  async stop(): Promise<void> {
    const app = this.#app;
    if (!app) return;
    this.#noteCarried(app);
    await app.node.close();
    this.#app = undefined;
    app.stopListening();
    await app.paths.close();
  }

  /** The machine is switched off without a word. The server notices when the connection has been silent for `noticedMs`. */
  async kill(noticedMs: number): Promise<void> {
    const app = this.#app;
    if (!app) return;
    this.#app = undefined;
    this.#noteCarried(app);
    this.lending = false;
    this.host.leave('eth0');
    app.stopListening();
    const { internet, server } = this.options;
    internet.clock.setTimer(() => {
      app.owner.present = false;
      server.directory.nodes.forgetOwner(app.owner);
    }, noticedMs);
    // What it says on its way out reaches nobody: it has no network any more.
    await Promise.all([app.node.close(), app.paths.close()]);
  }

  /** Calls whose both sides have come to its node so far. */
  carriedSoFar(): number {
    return this.callsCarried + (this.#app ? this.#app.node.state().peopleHelped / 2 : 0);
  }

  #noteCarried({ node }: App): void {
    this.callsCarried += node.state().peopleHelped / 2;
  }

  #told(frame: ServerFrame): void {
    const node = this.#app?.node;
    if (frame.type === 'node-standing') node?.standing(frame);
    else if (frame.type === 'expect-guests') node?.expectGuests(frame);
  }

  #world(): LadderWorld {
    const { server } = this.options;
    const { directory } = server;
    return {
      // There is no TCP and no TURN server in the simulated internet.
      offersTurn: () => false,
      findTurn: async () => null,
      openAllocation: () => null,
      findCarriers: (question, signal) =>
        new Promise((resolve) => {
          const owner = this.#app?.owner;
          signal.addEventListener('abort', () => resolve(null));
          if (!owner || signal.aborted) return resolve(null);
          this.#up.send(question, (asked) => {
            const answer = directory.find(owner, { type: 'find-carriers', requestId: REQUEST, ...asked });
            this.#down.send(answer.carriers, resolve);
          });
        }),
      reportCarrier: (carrier, outcome) => {
        const owner = this.#app?.owner;
        if (!owner) return;
        this.#up.send({ type: 'carrier-report' as const, carrier, outcome }, (told) =>
          directory.report(owner, told),
        );
      },
      ticketKey: () => server.ticketKey,
      serverUrl: () => server.url,
      openLeg: (request) => {
        if (!this.#app || this.#app.node.isOwn(request.ticket)) return null;
        // A WebSocket's messages are datagrams here, to the port that stands for it.
        return this.#app.paths.openLeg({ ...request, url: undefined });
      },
      hidesAddress: () => false,
      withoutUdp: () => this.#app?.paths.udp() === 'silent',
      doubtConnection: () => undefined,
      ownEnd: () => this.#ownEnd(),
    };
  }

  #ownEnd(): CarrierEnd {
    const paths = this.paths;
    return {
      ...this.publicEnd(),
      udp: paths.udp() === 'silent' ? 'blocked' : 'unknown',
      behaviour: paths.behaviour(),
      landmarks: landmarksOf(paths),
    };
  }
}

/** Questions are answered one by one here, so that they need no name of their own. */
const REQUEST = 'AAAAAAAAAAAAAAAA';
const NOTHING = { bridges: 1, kbitPerS: 100 };

function landmarksOf(paths: PathService): CarrierEnd['landmarks'] {
  return paths
    .networkState()
    .stun.flatMap(({ server, rttMs }) => (rttMs === undefined ? [] : [{ server, rttMs }]));
}
