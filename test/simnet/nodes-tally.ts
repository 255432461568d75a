/** What came of the calls, who carried them, and what that cost: counted while they are under way. */
import type { PathKind } from '../../src/shared/words.ts';
import type { Kind } from './kinds.ts';
import type { SimulatedRendezvous } from './rendezvous.ts';
import type { Loss, TalkResult } from './talk.ts';
import type { User } from './user.ts';

export const RUNGS: readonly PathKind[] = ['direct', 'sfu', 'relay'];

/** The middle of many numbers, what 95 in 100 of them stay within, and the largest. */
export interface Spread {
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

export interface Losses {
  readonly calls: number;
  /** Those in which both sides heard each other to the end. */
  readonly heardToTheEnd: number;
  /** By what carried them next; those that had ended before are in none. */
  readonly wentOnOver: Readonly<Record<PathKind, number>>;
  readonly gapMs: Spread;
}

/** A carrier stands by after this at the latest, ms: STANDBY_DELAY_MS, one look of the ladder, and the joining. */
export const STANDBY_BY_MS = 7_000;

interface Left {
  readonly timersLeft: number;
  readonly socketsLeft: number;
  /** Of the relay. */
  readonly bridgesLeft: number;
}

export interface NodesStudy extends Left {
  readonly seed: string;
  readonly users: number;
  readonly volunteers: number;
  /** Calls that were placed, and the most of them at a time. */
  readonly calls: number;
  readonly mostAtATime: number;
  readonly connected: number;
  /** Calls in which both sides heard each other until they were ended. */
  readonly heardToTheEnd: number;
  /** Pairs of sites of which a call did not connect, or was not heard to its end. */
  readonly lost: readonly string[];
  readonly openedMs: Spread;
  /** Calls by what carried them first. */
  readonly first: Readonly<Record<PathKind, number>>;
  /** Share of all time talked, by what carried. */
  readonly timeShare: Readonly<Record<PathKind, number>>;
  /** Calls that plain WebRTC with a TURN server relays, and their share of the time. */
  readonly plainRelayed: number;
  readonly plainRelayedTimeShare: number;
  readonly relay: {
    /** Bridges at each look; those that stand by are among them. */
    readonly bridges: Spread;
    readonly bytesForwarded: number;
  };
  readonly nodes: {
    /** On offer at each look. */
    readonly offered: Spread;
    /** Of each node that was on offer, at each look. */
    readonly bridges: Spread;
    /** Bridges that all nodes on offer would give, in use at each look. */
    readonly usedShare: Spread;
    /** Bridges of each volunteer that both sides came to, in all. */
    readonly carried: Spread;
    readonly killed: number;
    readonly left: number;
  };
  /** Calls whose node went while it carried them, and the longest pause in what either side heard. */
  readonly losses: {
    readonly killed: Losses;
    /** Before there was anything to stand by. */
    readonly killedEarly: Losses;
    readonly left: Losses;
  };
}

export class Tally {
  readonly #options: { readonly seed: string };
  readonly #users: readonly User[];
  readonly #server: SimulatedRendezvous;
  readonly #results: TalkResult[] = [];
  readonly #offered: number[] = [];
  readonly #nodeBridges: number[] = [];
  readonly #used: number[] = [];
  readonly #relayBridges: number[] = [];
  readonly #went = { killed: 0, left: 0 };
  #mostAtATime = 0;
  #relayBytes = 0;
  #carried: number[] = [];

  constructor(options: { readonly seed: string }, users: readonly User[], server: SimulatedRendezvous) {
    this.#options = options;
    this.#users = users;
    this.#server = server;
  }

  get calls(): number {
    return this.#results.length;
  }

  begin(): void {
    this.#relayBytes = this.#server.relay.bytesForwarded;
  }

  add(result: TalkResult): void {
    this.#results.push(result);
  }

  callsNow(count: number): void {
    this.#mostAtATime = Math.max(this.#mostAtATime, count);
  }

  went(how: Loss['how']): void {
    this.#went[how]++;
  }

  look(): void {
    const nodes = this.#users.filter((user) => user.isOffered);
    const bridges = nodes.map((user) => user.bridges);
    const room = sumOf(nodes.map(({ options }) => options.lends?.bridges ?? 0));
    this.#offered.push(nodes.length);
    this.#nodeBridges.push(...bridges);
    this.#used.push(room === 0 ? 0 : sumOf(bridges) / room);
    this.#relayBridges.push(this.#server.relay.bridges);
  }

  end(): void {
    this.#relayBytes = this.#server.relay.bytesForwarded - this.#relayBytes;
    this.#carried = this.#users.filter(({ options }) => options.lends).map((user) => user.carriedSoFar());
  }

  study(left: Left): NodesStudy {
    const results = this.#results;
    const opened = results.filter(({ openedMs }) => openedMs !== undefined);
    const time = (of: readonly TalkResult[], rung: PathKind) =>
      sumOf(of.map(({ carriedMs }) => carriedMs[rung]));
    const allTime = (of: readonly TalkResult[]) => sumOf(RUNGS.map((rung) => time(of, rung)));
    const byRung = (value: (rung: PathKind) => number) => ({
      direct: value('direct'),
      sfu: value('sfu'),
      relay: value('relay'),
    });
    const plain = results.filter(({ from, to }) =>
      isRelayedByPlainWebRtc(from.options.kind, to.options.kind),
    );
    const losses = (isMeant: (loss: Loss) => boolean): Losses => {
      const these = results.flatMap(({ losses, heardToTheEnd }) =>
        losses.filter(isMeant).map((loss) => ({ ...loss, heardToTheEnd })),
      );
      return {
        calls: these.length,
        heardToTheEnd: these.filter(({ heardToTheEnd }) => heardToTheEnd).length,
        wentOnOver: byRung((rung) => these.filter(({ wentOnOver }) => wentOnOver === rung).length),
        gapMs: spreadOf(these.map(({ gapMs }) => Math.round(gapMs))),
      };
    };
    const isEarly = ({ talkedMs }: Loss) => talkedMs < STANDBY_BY_MS;
    return {
      seed: this.#options.seed,
      users: this.#users.length,
      volunteers: this.#carried.length,
      calls: results.length,
      mostAtATime: this.#mostAtATime,
      connected: opened.length,
      heardToTheEnd: results.filter(({ heardToTheEnd }) => heardToTheEnd).length,
      lost: results
        .filter(({ heardToTheEnd }) => !heardToTheEnd)
        .map(({ from, to, openedMs }) => {
          const kinds = `${from.options.kind} to ${to.options.kind}`;
          return openedMs === undefined ? `${kinds}: not connected` : `${kinds}: not heard to the end`;
        }),
      openedMs: spreadOf(opened.map(({ openedMs = 0 }) => Math.round(openedMs))),
      first: byRung((rung) => opened.filter(({ first }) => first === rung).length),
      timeShare: byRung((rung) => time(results, rung) / allTime(results)),
      plainRelayed: plain.length,
      plainRelayedTimeShare: allTime(plain) / allTime(results),
      relay: { bridges: spreadOf(this.#relayBridges), bytesForwarded: this.#relayBytes },
      nodes: {
        offered: spreadOf(this.#offered),
        bridges: spreadOf(this.#nodeBridges),
        usedShare: spreadOf(this.#used),
        carried: spreadOf(this.#carried),
        ...this.#went,
      },
      losses: {
        killed: losses((loss) => loss.how === 'killed' && !isEarly(loss)),
        killedEarly: losses((loss) => loss.how === 'killed' && isEarly(loss)),
        left: losses(({ how }) => how === 'left'),
      },
      ...left,
    };
  }
}

/** These give every destination another port. */
const VARYING: readonly Kind[] = ['sym', 'symseq'];
/** These let nobody in whose port they did not write to. */
const FILTERING_BY_PORT: readonly Kind[] = ['firewall', 'port', 'cgn', ...VARYING];

/**
 * Whether plain WebRTC with a TURN server relays a call between two such sites: where one gives other ports than STUN saw and the other
 * filters by port, ICE's checks (RFC 8445) do not meet, and without UDP there is TURN alone. So it was in the laboratory of real NATs.
 */
function isRelayedByPlainWebRtc(a: Kind, b: Kind): boolean {
  if (a === 'udpblock' || b === 'udpblock') return true;
  const fails = (varying: Kind, other: Kind) =>
    VARYING.includes(varying) && FILTERING_BY_PORT.includes(other);
  return fails(a, b) || fails(b, a);
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p95: at(0.95), max: sorted.at(-1) ?? 0 };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
