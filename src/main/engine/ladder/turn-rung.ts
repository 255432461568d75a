/**
 * The last rung: a TURN server. Each side asks the rendezvous server for credentials of its own and has an address given to it; the two
 * addresses send to each other. So nobody follows the other side anywhere: what it names gets datagrams from our TURN server alone.
 *
 *   controls the path                        the other side
 *     own allocation
 *     turn {round, relayed} ────────────────────▶ own allocation, bound to that address
 *     ◀──────────────────── turn {round, relayed}
 *     bound to theirs
 *
 * What carries is decided by the session, as always: an allocation is one more way for its checks. One that carries nothing is given
 * back once something else does.
 */
import { isIPv4 } from 'node:net';
import type { Logger } from 'pino';
import { parseTurnUri, type TurnServer } from '../../../shared/turn-uri.ts';
import type { TransportAddress } from '../../../shared/words.ts';
import type { Clock, Timer } from '../outside/index.ts';
import type { PathSession } from '../path/index.ts';
import { FirstAllocation } from '../turn/first-allocation.ts';
import type { Allocation, AllocationRequest } from '../turn/index.ts';
import {
  ASK_AGAIN_MS,
  MAX_TURN_ROUNDS,
  RELAY_DELAY_MS,
  REVIEW_MS,
  SILENT_BEFORE_CARRIERS_MS,
  STANDBY_DELAY_MS,
  TURN_STAGGER_MS,
  UNANSWERED_LEG_MS,
} from './constants.ts';

/** What this rung needs of the world outside the call. */
export interface TurnWorld {
  /** Whether the server names TURN servers at all. */
  offersTurn(): boolean;
  /** Asks it which; null when it cannot be asked now. */
  findTurn(signal: AbortSignal): Promise<readonly TurnServer[] | null>;
  /** Null where this machine cannot open another. */
  openAllocation(request: AllocationRequest): Allocation | null;
  /** UDP reaches nobody from here. */
  withoutUdp(): boolean;
}

export interface TurnWord {
  /** Counted by whoever controls the path. */
  readonly round: number;
  /** The sender's address at its TURN server. */
  readonly relayed: TransportAddress;
}

export interface TurnRungOptions {
  readonly clock: Clock;
  readonly world: TurnWorld;
  readonly session: PathSession;
  readonly logger: Logger;
  readonly tell: (word: TurnWord) => void;
}

/** One round: our way to an allocation, and the other side's address once it is known. */
interface Round {
  readonly number: number;
  readonly unwanted: AbortController;
  /** By `clock.now()`. */
  readonly startedMs: number;
  first?: FirstAllocation;
  theirs?: TransportAddress;
  /** Since when the two addresses could send to each other, by `clock.now()`. */
  readySinceMs?: number;
}

export class TurnRung {
  readonly #options: TurnRungOptions;
  readonly #onState = () => this.#pathChanged();
  readonly #onStranded = () => this.#stranded();
  readonly #onMoved = () => this.#round?.first?.allocation?.rejoin();
  readonly #timers = new Set<Timer>();
  #reviewTimer: Timer;
  #round: Round | undefined;
  #rounds = 0;
  /** The number of the newest round. */
  #newest = 0;
  #controls = false;
  #carriedElsewhereSinceMs: number | undefined;
  #closed = false;

  constructor(options: TurnRungOptions) {
    this.#options = options;
    options.session.on('state', this.#onState);
    options.session.on('stranded', this.#onStranded);
    options.session.on('moved', this.#onMoved);
    this.#reviewLater();
  }

  /** Both sides know each other. @param controls whether it is ours to begin */
  begin(controls: boolean): void {
    if (!controls || this.#controls || this.#closed) return;
    this.#controls = true;
    const { session, world } = this.#options;
    // Whether anything else can be hoped for is known a moment after the other side is.
    this.#later(TURN_STAGGER_MS, () => {
      const atOnce = session.avoidsDirect || session.isLongShot || world.withoutUdp();
      if (atOnce) this.#beginIfWanted();
      else this.#later(RELAY_DELAY_MS, () => this.#beginIfWanted());
    });
  }

  /** What the other side told: its address, as an answer to ours or so that we answer. */
  heard({ round: number, relayed }: TurnWord): void {
    const { session, world } = this.#options;
    // The addresses that are asked for are IPv4; and where our own server names no TURN servers, there is nothing to follow.
    if (this.#closed || !isIPv4(relayed.address) || !world.offersTurn()) return;
    // Our TURN server is sent nowhere where we would not send ourselves.
    if (!session.mayReach(relayed.address)) return;
    if (!this.#controls) {
      if (number <= this.#newest || this.#rounds >= MAX_TURN_ROUNDS) return;
      this.#startRound(number, relayed);
    } else if (this.#round?.number === number && !this.#round.theirs) {
      this.#round.theirs = relayed;
      this.#bind(this.#round);
    }
  }

  /** Whether an allocation is being had, or might be: the call need not be given up yet. */
  get isTrying(): boolean {
    return !this.#closed && (this.#timers.size > 0 || this.#round !== undefined);
  }

  /** Gives the allocation back. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { session, clock } = this.#options;
    session.off('state', this.#onState);
    session.off('stranded', this.#onStranded);
    session.off('moved', this.#onMoved);
    clock.clearTimer(this.#reviewTimer);
    for (const timer of this.#timers) clock.clearTimer(timer);
    this.#timers.clear();
    this.#giveUp();
  }

  #beginIfWanted(): void {
    const { session, world } = this.#options;
    if (!this.#controls || session.carries || !world.offersTurn() || this.#isUnderWay()) return;
    this.#startRound(this.#rounds + 1);
  }

  /** There is a round that is young still, or what it brought answers. */
  #isUnderWay(): boolean {
    const round = this.#round;
    if (!round) return false;
    const allocation = round.first?.allocation;
    const sinceMs = round.readySinceMs ?? round.startedMs;
    const isYoung = this.#options.clock.now() - sinceMs < UNANSWERED_LEG_MS;
    return isYoung || (allocation !== undefined && this.#options.session.legs.answers(allocation));
  }

  #startRound(number: number, theirs?: TransportAddress): void {
    this.#giveUp();
    this.#rounds++;
    this.#newest = number;
    const round: Round = {
      number,
      unwanted: new AbortController(),
      startedMs: this.#options.clock.now(),
      ...(theirs && { theirs }),
    };
    this.#round = round;
    this.#allocate(round).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'no TURN server could be asked');
      this.#failed(round);
    });
  }

  async #allocate(round: Round): Promise<void> {
    const { world, clock, logger } = this.#options;
    const named = (await world.findTurn(round.unwanted.signal)) ?? [];
    if (this.#round !== round) return;
    round.first = new FirstAllocation({
      clock,
      servers: inOrder(named, world.withoutUdp()),
      open: (server, onState) => world.openAllocation({ server, onState }),
      onAllocated: ({ relayed }) => {
        // Who answers tells its address; who asks does so first.
        if (relayed) this.#options.tell({ round: round.number, relayed });
        this.#bind(round);
      },
      onState: (allocation) => this.#changed(round, allocation),
      onFailed: (failure) => {
        logger.info({ failure }, 'no TURN server gave an address');
        this.#failed(round);
      },
    });
    round.first.start();
  }

  #bind({ first, theirs }: Round): void {
    if (theirs) first?.allocation?.bind(theirs);
  }

  #changed(round: Round, allocation: Allocation): void {
    const { session, clock } = this.#options;
    if (round !== this.#round) return;
    if (allocation.state === 'bound' && round.theirs) {
      round.readySinceMs = clock.now();
      session.legs.add(allocation, round.theirs);
    } else if (allocation.state === 'failed') {
      this.#failed(round);
    }
  }

  #failed(round: Round): void {
    if (round !== this.#round) return;
    this.#giveUp();
    if (this.#controls) this.#later(ASK_AGAIN_MS, () => this.#beginIfWanted());
  }

  #giveUp(): void {
    const round = this.#round;
    this.#round = undefined;
    round?.unwanted.abort();
    const allocation = round?.first?.allocation;
    if (allocation) this.#options.session.legs.remove(allocation);
    round?.first?.close();
  }

  /** A path that went silent may be dead: another is had before it is known. */
  #pathChanged(): void {
    if (!this.#controls || this.#options.session.report().state === 'open') return;
    this.#later(SILENT_BEFORE_CARRIERS_MS + TURN_STAGGER_MS, () => this.#beginIfWanted());
  }

  #stranded(): void {
    this.#round?.first?.allocation?.rejoin();
    this.#beginIfWanted();
  }

  #reviewLater(): void {
    this.#reviewTimer = this.#options.clock.setTimer(() => {
      this.#review();
      this.#reviewLater();
    }, REVIEW_MS);
  }

  /** What does not answer, or is not needed any more, is given back. */
  #review(): void {
    const round = this.#round;
    const { session, clock } = this.#options;
    const nowMs = clock.now();
    if (!round) {
      this.#carriedElsewhereSinceMs = undefined;
      return;
    }
    if (!session.carries || this.#carries(round)) this.#carriedElsewhereSinceMs = undefined;
    else this.#carriedElsewhereSinceMs ??= nowMs;
    const isSurplus =
      this.#carriedElsewhereSinceMs !== undefined &&
      nowMs - this.#carriedElsewhereSinceMs >= STANDBY_DELAY_MS;
    if (isSurplus) this.#giveUp();
    else if (!this.#isUnderWay()) this.#failed(round);
  }

  #carries({ theirs }: Round): boolean {
    const { active } = this.#options.session.report();
    return (
      active?.kind === 'relay' &&
      active.remote.address === theirs?.address &&
      active.remote.port === theirs.port
    );
  }

  #later(delayMs: number, work: () => void): void {
    if (!this.#options.world.offersTurn()) return;
    const { clock } = this.#options;
    const timer = clock.setTimer(() => {
      this.#timers.delete(timer);
      if (!this.#closed) work();
    }, delayMs);
    this.#timers.add(timer);
  }
}

/** As the operator has them; what is reached over UDP is left out where UDP reaches nobody and there are others. */
function inOrder(servers: readonly TurnServer[], withoutUdp: boolean): readonly TurnServer[] {
  if (!withoutUdp) return servers;
  const overTcp = servers.filter(({ uri }) => parseTurnUri(uri)?.transport === 'tcp');
  return overTcp.length > 0 ? overTcp : servers;
}
