/**
 * A call from its placing to its end, and what two people would say of it. Its media is a stand-in: packets as audio sends them where a
 * carrier may have to be left in a hurry, one in eight of them where the call is direct, which costs less time here.
 */
import type { PathSession } from '../../src/main/engine/path/index.ts';
import type { PathKind } from '../../src/shared/words.ts';
import { CarriedCall } from './carried-call.ts';
import type { SignallingQuality } from './envelopes.ts';
import type { SimulatedInternet } from './internet.ts';
import type { User } from './user.ts';

/** Between two packets of audio, ms (RFC 7587 §4.2). */
const PACKET_MS = 20;
/** So many of them are one beat, after which is looked what carries the call. */
const BEAT_PACKETS = 8;
const BEAT_MS = BEAT_PACKETS * PACKET_MS;
/** Audio of 40 kbit/s with its headers, bytes. */
const PACKET_BYTES = 140;
/** Without a path by then, there is none, ms: the limit. */
const GIVE_UP_MS = 12_000;
/** A silence that begins so long after a node went is laid to something else, ms: who says goodbye waits as long for guests to move. */
const BLAME_MS = 2_000;
/** Who was heard so shortly before the end was heard to the end, ms. */
const HEARD_MS = 1_000;

/** A node went from under a call. */
export interface Loss {
  readonly how: 'killed' | 'left';
  readonly atMs: number;
  /** How long they had been connected. */
  readonly talkedMs: number;
  readonly node: { readonly address: string; readonly port: number };
  /** Longest pause of either side's hearing around it, ms. */
  gapMs: number;
  /** What carried the call when neither side was with that node any more; undefined where it ended before. */
  wentOnOver: PathKind | undefined;
}

export interface TalkResult {
  readonly from: User;
  readonly to: User;
  /** From the placing to a path on both sides, ms; undefined where none was had. */
  readonly openedMs: number | undefined;
  /** What carried the call when it was first open. */
  readonly first: PathKind | undefined;
  /** How long each rung carried it as the caller saw it, ms. */
  readonly carriedMs: Readonly<Record<PathKind, number>>;
  readonly losses: readonly Loss[];
  /** Both heard each other until it was ended. */
  readonly heardToTheEnd: boolean;
}

/** What one side hears. */
class Ear {
  heardAtMs: number | undefined;

  constructor(
    session: PathSession,
    clock: { now(): number },
    onPause: (pauseMs: number, sinceMs: number) => void,
  ) {
    session.media.onDatagram = () => {
      const nowMs = clock.now();
      if (this.heardAtMs !== undefined) onPause(nowMs - this.heardAtMs, this.heardAtMs);
      this.heardAtMs = nowMs;
    };
  }
}

export class Talk {
  readonly #internet: SimulatedInternet;
  readonly #call: CarriedCall;
  readonly #from: User;
  readonly #to: User;
  readonly #losses: Loss[] = [];
  readonly #ears: Ear[] = [];
  #openAtMs: number | undefined;
  readonly #carriedMs = { direct: 0, sfu: 0, relay: 0 };

  constructor(internet: SimulatedInternet, from: User, to: User, signalling: SignallingQuality) {
    this.#internet = internet;
    this.#from = from;
    this.#to = to;
    this.#call = new CarriedCall(internet, from, to, signalling);
  }

  /** @param talkMs how long they talk once they are connected */
  async run(talkMs: number): Promise<TalkResult> {
    const { clock } = this.#internet;
    const placedMs = clock.now();
    while (!this.#isOpen && clock.now() - placedMs < GIVE_UP_MS) await this.#pass(PACKET_MS);
    const openedMs = this.#isOpen ? clock.now() - placedMs : undefined;
    const first = this.#kind();
    if (openedMs !== undefined) {
      this.#openAtMs = clock.now();
      await this.#talk(talkMs);
    }
    const heardToTheEnd =
      this.#ears.length === 2 && this.#ears.every(({ heardAtMs = 0 }) => clock.now() - heardAtMs <= HEARD_MS);
    this.#call.close();
    return {
      from: this.#from,
      to: this.#to,
      openedMs,
      first,
      carriedMs: this.#carriedMs,
      losses: this.#losses,
      heardToTheEnd,
    };
  }

  /** Whether the node at this address carries the call now, in either direction. */
  isThrough(node: { address: string; port: number }): boolean {
    return [this.#call.caller, this.#call.callee].some((side) => {
      const active = side?.session.report().active;
      return (
        active?.kind === 'sfu' && active.remote.address === node.address && active.remote.port === node.port
      );
    });
  }

  /** The node at this address goes. Noted where it carries the call now. */
  nodeGoes(how: Loss['how'], node: { address: string; port: number }): void {
    if (!this.isThrough(node)) return;
    const atMs = this.#internet.clock.now();
    const talkedMs = atMs - (this.#openAtMs ?? atMs);
    this.#losses.push({ how, atMs, talkedMs, node, gapMs: 0, wentOnOver: undefined });
  }

  get #isOpen(): boolean {
    const { caller, callee } = this.#call;
    return caller.session.report().state === 'open' && callee?.session.report().state === 'open';
  }

  async #talk(talkMs: number): Promise<void> {
    const { clock } = this.#internet;
    const { caller, callee } = this.#call;
    if (!callee) throw new Error('a call that is open has two sides');
    const sessions = [caller.session, callee.session];
    for (const session of sessions) {
      this.#ears.push(new Ear(session, clock, (pauseMs, sinceMs) => this.#paused(pauseMs, sinceMs)));
    }
    const packet = Buffer.alloc(PACKET_BYTES);
    const endMs = clock.now() + talkMs;
    while (clock.now() < endMs) {
      const kinds = sessions.map((session) => session.report().active?.kind);
      const [kind] = kinds;
      if (kind) this.#carriedMs[kind] += BEAT_MS;
      for (const loss of this.#losses) if (!this.isThrough(loss.node)) loss.wentOnOver ??= kind;
      const packets = kinds.every((each) => each === 'direct') ? 1 : BEAT_PACKETS;
      for (let sent = 0; sent < packets; sent++) {
        for (const session of sessions) session.media.send(packet);
        await this.#pass(BEAT_MS / packets);
      }
    }
  }

  #paused(pauseMs: number, sinceMs: number): void {
    for (const loss of this.#losses) {
      const isLaidToIt = sinceMs + pauseMs >= loss.atMs && sinceMs <= loss.atMs + BLAME_MS;
      if (isLaidToIt) loss.gapMs = Math.max(loss.gapMs, pauseMs);
    }
  }

  #kind(): PathKind | undefined {
    return this.#call.caller.session.report().active?.kind;
  }

  #pass(durationMs: number): Promise<void> {
    return new Promise((resolve) => this.#internet.clock.setTimer(resolve, durationMs));
  }
}
