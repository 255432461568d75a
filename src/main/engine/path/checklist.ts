/** The checklist: the pairs of a session, bounded and in order, and the paced sending of their first checks (RFC 8445 §6.1.4). */
import type { Candidate } from '../../../shared/words.ts';
import type { Clock, DatagramSocket, Timer } from '../outside/index.ts';
import { pairPriority } from './candidates.ts';
import type { Role } from './checks.ts';
import { MAX_PAIRS, MAX_PEER_REFLEXIVE_PAIRS, PACING_MS, PEER_REFLEXIVE_ROOM_MS } from './constants.ts';
import type { CandidatePair } from './pair.ts';

export interface ChecklistOptions {
  readonly clock: Clock;
  readonly makePair: (remote: Candidate, socket: DatagramSocket) => CandidatePair;
  /** The turn of a waiting pair has come. */
  readonly onTurn: (pair: CandidatePair) => void;
  readonly onRemoved: (pair: CandidatePair) => void;
}

export class Checklist {
  readonly pairs: CandidatePair[] = [];
  readonly #options: ChecklistOptions;
  #role: Role;
  #localPriority = 0;
  #timer: Timer;
  #running = false;
  /** When a peer-reflexive pair last had to go for another one. */
  #roomMadeAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ChecklistOptions, role: Role) {
    this.#options = options;
    this.#role = role;
  }

  /** Found without building a string; for every datagram. */
  find(socket: DatagramSocket, address: string, port: number): CandidatePair | undefined {
    for (const pair of this.pairs) {
      if (pair.port === port && pair.address === address && pair.socket === socket) return pair;
    }
    return undefined;
  }

  /** The candidate that was told for an address, where another socket has a pair to it. */
  told(address: string, port: number): Candidate | undefined {
    const known = this.pairs.find((pair) => pair.port === port && pair.address === address && !pair.isGuess);
    return known && { ...known.remote, priority: known.remotePriority };
  }

  /** Adds the pair of a socket and a remote candidate. Undefined when there is one already, or no room for a pair this low. */
  add(remote: Candidate, socket: DatagramSocket): CandidatePair | undefined {
    const known = this.find(socket, remote.address, remote.port);
    if (known) {
      // RFC 8445 §7.3.1.3: a candidate that was met before it was told.
      if (known.remote.type === 'prflx' && remote.type !== 'prflx') {
        known.remote.type = remote.type;
        known.remotePriority = remote.priority;
        this.#prioritise(known);
      }
      return undefined;
    }
    if (remote.type === 'prflx' && !this.#hasRoomForPeerReflexive()) return undefined;
    if (this.pairs.length >= MAX_PAIRS && !this.#makeRoom((pair) => pair.remotePriority < remote.priority)) {
      return undefined;
    }
    const pair = this.#options.makePair(remote, socket);
    this.#prioritise(pair);
    this.pairs.push(pair);
    return pair;
  }

  setRole(role: Role, localPriority: number): void {
    this.#role = role;
    this.#localPriority = localPriority;
    for (const pair of this.pairs) this.#prioritise(pair);
  }

  /** Gives waiting pairs their turns, the best first; the first one now. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    this.#turn();
  }

  remove(pair: CandidatePair): void {
    const index = this.pairs.indexOf(pair);
    if (index < 0) return;
    this.pairs.splice(index, 1);
    pair.transaction?.stop();
    this.#options.onRemoved(pair);
  }

  close(): void {
    this.#running = true;
    this.#options.clock.clearTimer(this.#timer);
    for (const pair of this.pairs) pair.transaction?.stop();
  }

  #turn(): void {
    let next: CandidatePair | undefined;
    for (const pair of this.pairs) {
      if (pair.state === 'waiting' && (!next || pair.priority > next.priority)) next = pair;
    }
    if (!next) {
      this.#running = false;
      return;
    }
    this.#timer = this.#options.clock.setTimer(() => this.#turn(), PACING_MS);
    this.#options.onTurn(next);
  }

  #prioritise(pair: CandidatePair): void {
    const [controlling, controlled] =
      this.#role === 'controlling'
        ? [this.#localPriority, pair.remotePriority]
        : [pair.remotePriority, this.#localPriority];
    pair.priority = pairPriority(controlling, controlled);
  }

  /** One pair may take another's place now and then only: see `PEER_REFLEXIVE_ROOM_MS`. */
  #hasRoomForPeerReflexive(): boolean {
    const isPeerReflexive = (pair: CandidatePair) => pair.remote.type === 'prflx';
    if (this.pairs.filter(isPeerReflexive).length < MAX_PEER_REFLEXIVE_PAIRS) return true;
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#roomMadeAtMs < PEER_REFLEXIVE_ROOM_MS || !this.#makeRoom(isPeerReflexive)) return false;
    this.#roomMadeAtMs = nowMs;
    return true;
  }

  /** RFC 8445 §6.1.2.5: the lowest goes, but never one that answered. */
  #makeRoom(mayGo: (pair: CandidatePair) => boolean): boolean {
    let lowest: CandidatePair | undefined;
    for (const pair of this.pairs) {
      if (!pair.isProved && mayGo(pair) && (!lowest || pair.priority <= lowest.priority)) lowest = pair;
    }
    if (!lowest) return false;
    this.remove(lowest);
    return true;
  }
}
