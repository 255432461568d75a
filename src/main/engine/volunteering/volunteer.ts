/**
 * The user's wish to lend this machine's line, and the node that fulfils it: within the rules that they set, the allowance and what
 * the line can spare.
 *
 *   off ──enabled──▶ resting ──no rule stands against it──▶ serving ──a rule does──▶ leaving (guests move) ──▶ resting
 */
import type { KeyObject } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { VolunteerRest, VolunteerSettings, VolunteerState } from '../../../shared/volunteer.ts';
import type { Outside, Timer } from '../outside/index.ts';
import type { PathService } from '../path/types.ts';
import type { RendezvousClient } from '../rendezvous/client.ts';
import { type Loan, SfuNode } from '../sfu/node.ts';
import type { Store } from '../store/index.ts';
import { nextMonthMs } from './calendar.ts';
import { ADMITTING_SHARE, IDLE_TICK_MS, LEAST_KBIT_PER_S, TICK_MS } from './constants.ts';
import { Cost } from './cost.ts';
import { Ledger } from './ledger.ts';
import { allowanceOf, capOf, isUsedUp, type Limit, limitOf } from './limits.ts';
import { LineWatch } from './line-watch.ts';
import type { Machine, MachineFacts } from './machine.ts';
import { Meter } from './meter.ts';
import { reachOf } from './reach.ts';
import { type Circumstances, nextLookMs, restOf, untoldRules } from './rules.ts';

export interface VolunteerOptions {
  readonly outside: Outside;
  readonly paths: PathService;
  /** What the server in use signs tickets with; null where it signs none. */
  readonly ticketKey: () => KeyObject | null;
  /** The rules that count now. */
  readonly settings: () => VolunteerSettings;
  readonly store: Store['volunteering'];
  /** What the host knows of the machine; rules that need it stop nobody without. */
  readonly machine?: Machine;
  /** Whether the user is in a call. */
  readonly inOwnCall: () => boolean;
  readonly logger: Logger;
}

const NOTHING_TOLD: MachineFacts = {};

export class Volunteer extends EventEmitter<{ changed: [] }> {
  readonly #options: VolunteerOptions;
  readonly #node: SfuNode;
  readonly #ledger: Ledger;
  readonly #meter: Meter;
  readonly #line: LineWatch;
  readonly #cost: Cost;
  readonly #stopListening: (() => void)[];
  #client: RendezvousClient | null = null;
  #rest: VolunteerRest | null = null;
  #limit: Limit;
  #loan: Loan = { enabled: false, bridges: 0, kbitPerS: 0 };
  #timer: Timer;
  #isStarted = false;
  #isLooking = false;
  #wasBusy = false;
  #wasInCall = false;
  #ending: Promise<void> | undefined;

  /** @throws StoreUnreadableError where what was counted cannot be read */
  constructor(options: VolunteerOptions) {
    super();
    this.#options = options;
    const { outside, paths, logger } = options;
    const { clock } = outside;
    this.#limit = capOf(options.settings());
    this.#ledger = new Ledger(options.store, () => clock.wallNow());
    this.#cost = new Cost(clock);
    this.#node = new SfuNode({
      clock,
      random: outside.random,
      sockets: paths.guests,
      server: {
        isConnected: () => this.#client?.state.state === 'connected',
        ticketKey: options.ticketKey,
        offer: (offer) => this.#client?.offerNode(offer) ?? false,
        withdraw: (carrier) => this.#client?.withdrawNode(carrier),
      },
      behaviour: () => {
        const known = paths.behaviour();
        // The server judges by this: how a NAT maps is waited for, unless it cannot be told.
        const isTold = known && (!known.translated || known.mapping !== undefined || !paths.nat.running);
        return isTold ? known : undefined;
      },
      landmarks: () =>
        paths
          .networkState()
          .stun.flatMap(({ server, rttMs }) => (rttMs === undefined ? [] : [{ server, rttMs }])),
      settings: () => this.#loan,
      onChange: () => this.#nodeChanged(),
      logger,
    });
    this.#meter = new Meter({ clock, ledger: this.#ledger, counters: () => this.#node.counters(), logger });
    this.#line = new LineWatch({
      clock,
      paths,
      leastShare: () => LEAST_KBIT_PER_S / Math.max(LEAST_KBIT_PER_S, capOf(options.settings()).kbitPerS),
      onChange: () => this.#look(),
    });
    const networkChanged = () => {
      this.#look();
      this.#node.look();
    };
    this.#stopListening = [
      paths.onNetworkState(networkChanged),
      paths.nat.onChange(networkChanged),
      options.machine?.onChange(() => this.#machineChanged()) ?? (() => undefined),
    ];
  }

  state(): VolunteerState {
    this.#meter.count();
    const { paths } = this.#options;
    const node = this.#node.state();
    const { renewsMs, ...counted } = this.#ledger.state();
    return {
      ...node,
      ...counted,
      state: node.state === 'off' && this.#isWanted && this.#rest ? 'resting' : node.state,
      rest: this.#rest,
      month: {
        usedBytes: this.#ledger.usedBytes,
        allowanceBytes: allowanceOf(this.#options.settings()),
        renewsMs,
      },
      limit: this.#limit,
      reach: reachOf({
        udp: paths.udp(),
        IPv4: paths.nat.report('IPv4'),
        IPv6: paths.nat.report('IPv6'),
        router: paths.routerReport(),
        unreachable: node.state === 'unreachable',
      }),
      cost: this.#cost.read(),
      untold: this.#isWanted ? untoldRules(this.#machine()) : [],
    };
  }

  /** Begins, where that is wanted. */
  start(): void {
    this.#isStarted = true;
    this.#look();
  }

  /** The user has chosen. */
  settingsChosen(): void {
    this.#look();
  }

  /** A call of the user's own may have begun or ended. */
  callsChanged(): void {
    if (this.#options.inOwnCall() !== this.#wasInCall) this.#look();
  }

  /**
   * Serves nobody for so many minutes, whatever else is set; a restart does not end it. A pause that is on is replaced.
   *
   * @throws StoreUnwritableError
   */
  pause(minutes: number): void {
    this.#ledger.setPause(this.#options.outside.clock.wallNow() + minutes * 60_000);
    this.#look();
  }

  /** Ends a pause; fine when there is none. @throws StoreUnwritableError */
  resume(): void {
    if (this.#ledger.pausedUntilMs !== null) this.#ledger.setPause(null);
    this.#look();
  }

  /**
   * Takes no new guests from now on until the program ends, and moves those that are here.
   *
   * @returns when the last one has gone, at the latest after `LEAVE_LIMIT_MS`
   */
  drain(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** The connection to the server that is in use from now on. */
  useClient(client: RendezvousClient | null): void {
    this.#client = client;
    client?.on('state', ({ state }) => {
      if (state === 'connected') this.#node.serverConnected();
      else this.#node.look();
    });
    client?.on('standing', (frame) => this.#node.standing(frame));
    client?.on('guests', (frame) => this.#node.expectGuests(frame));
    this.#node.look();
  }

  /** Whether a ticket leads to this very machine. */
  isOwn(ticket: Buffer): boolean {
    return this.#node.isOwn(ticket);
  }

  /** Takes leave of the guests. Before the sockets and the connection close. */
  async close(): Promise<void> {
    for (const stop of this.#stopListening.splice(0)) stop();
    await this.drain();
    this.removeAllListeners();
  }

  get #isWanted(): boolean {
    return !this.#ending && this.#options.settings().enabled;
  }

  async #end(): Promise<void> {
    this.#rest = null;
    await this.#node.close();
    this.#line.stop();
    this.#options.outside.clock.clearTimer(this.#timer);
    this.#meter.count();
    this.#meter.hold();
    this.#meter.settle('now');
    this.emit('changed');
  }

  /** Asking may take a program: whoever does not lend their line is spared it. */
  #machine(): MachineFacts {
    return (this.#isWanted && this.#options.machine?.facts()) || NOTHING_TOLD;
  }

  /** What it tells and does not tell is part of the state, also where no rule cares. */
  #machineChanged(): void {
    this.#look();
    this.emit('changed');
  }

  /** While guests are here, what they may use is set aside before they do. */
  #nodeChanged(): void {
    if (this.#node.bridges > 0 !== this.#wasBusy) this.#look();
    this.emit('changed');
  }

  /** Anything that the rules or the limits depend on may have changed, or time has passed. */
  #look(): void {
    if (this.#isLooking || !this.#isStarted) return;
    this.#isLooking = true;
    try {
      this.#lookOnce();
    } finally {
      this.#isLooking = false;
    }
  }

  #lookOnce(): void {
    const settings = this.#options.settings();
    const isWanted = this.#isWanted;
    this.#meter.count();
    this.#wasInCall = this.#options.inOwnCall();
    this.#wasBusy = this.#node.bridges > 0;
    const cap = capOf(settings);
    const allowanceBytes = allowanceOf(settings);
    const limit = limitOf(cap, {
      inOwnCall: this.#wasInCall,
      lineShare: this.#line.share,
      allowanceBytes,
      usedBytes: this.#ledger.usedBytes,
    });
    // In this order: what is held no more is not written to.
    const isHeld = this.#meter.hold();
    if (this.#wasBusy) this.#meter.setAside(limit.kbitPerS, this.#node.kbitPerS);
    else this.#meter.settle(this.#node.isServing ? 'later' : 'now');
    const circumstances = this.#circumstances(cap.kbitPerS, allowanceBytes, !isHeld);
    const rest = isWanted ? restOf(settings, circumstances) : null;
    this.#adopt(rest, limit, {
      enabled: isWanted && rest === null,
      bridges: settings.bridges,
      kbitPerS: limit.kbitPerS,
      offeredKbitPerS: Math.floor(cap.kbitPerS),
      closed: this.#wasInCall || this.#line.share < ADMITTING_SHARE,
    });
    this.#watch(isWanted, nextLookMs(settings, circumstances));
  }

  #circumstances(
    capKbitPerS: number,
    allowanceBytes: number | null,
    countedElsewhere: boolean,
  ): Circumstances {
    const nowMs = this.#options.outside.clock.wallNow();
    const { hostAddresses } = this.#options.paths.networkState();
    return {
      nowMs,
      pausedUntilMs: this.#ledger.pausedUntilMs,
      countedElsewhere,
      uncounted: allowanceBytes !== null && !this.#meter.isWritable,
      allowanceUsed: isUsedUp(allowanceBytes, this.#ledger.usedBytes, capKbitPerS),
      renewsMs: nextMonthMs(nowMs),
      machine: this.#machine(),
      interfaceNames: hostAddresses.map(({ interfaceName }) => interfaceName),
    };
  }

  #adopt(rest: VolunteerRest | null, limit: Limit, loan: Loan): void {
    const isNews = JSON.stringify([rest, limit]) !== JSON.stringify([this.#rest, this.#limit]);
    if (rest?.rule !== this.#rest?.rule)
      this.#options.logger.info({ rest: rest?.rule ?? null }, 'a rule of volunteering changed');
    this.#rest = rest;
    this.#limit = limit;
    const isOtherLoan = JSON.stringify(loan) !== JSON.stringify(this.#loan);
    this.#loan = loan;
    // It announces itself.
    if (isOtherLoan) this.#node.look();
    else if (isNews) this.emit('changed');
  }

  /** Looks again in time: every second while somebody is here. */
  #watch(isWanted: boolean, nextMs: number | undefined): void {
    const { clock } = this.#options.outside;
    clock.clearTimer(this.#timer);
    this.#timer = undefined;
    const isBusy = this.#node.bridges > 0;
    if (isBusy) this.#line.start();
    else this.#line.stop();
    if (this.#ending ? !isBusy : !isWanted && !this.#node.isServing) return;
    const untilNextMs = nextMs === undefined ? IDLE_TICK_MS : nextMs - clock.wallNow();
    const delayMs = isBusy ? TICK_MS : Math.min(IDLE_TICK_MS, Math.max(1, untilNextMs));
    this.#timer = clock.setTimer(() => this.#look(), delayMs);
  }
}
