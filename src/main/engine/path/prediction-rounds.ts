/**
 * Prediction in rounds. In each, a side whose NAT gives ports in sequence takes a sample as late as it can, tells it, and sends its checks
 * in the agreed order from a new socket, so that each makes a new mapping; the other side tries the ports that follow the sample. Checks
 * that are sent again re-use their mapping and change nothing. A round that brought nothing is followed by another, from new samples.
 */
import type { PortSample } from '../../../shared/signal.ts';
import type { DatagramSocket, Timer } from '../outside/index.ts';
import {
  MAX_PREDICTION_ROUNDS,
  PACING_MS,
  PREDICTED_PAUSES_MS,
  PREDICTION_ROUND_MS,
  SAMPLE_WAIT_MS,
} from './constants.ts';
import { portAfter, stepsToTry } from './prediction.ts';
import { type PunchTools, pairsToPublicAddresses } from './punch-tools.ts';
import type { Mapping } from './technique.ts';

/** A predicted port is no better than any candidate that was told. RFC 8445 §5.1.2: at least 1. */
const GUESS_PRIORITY = 1;

export interface PredictionOptions {
  readonly tools: PunchTools;
  readonly own: Mapping;
  readonly theirs: Mapping;
  /** Our sample is to be told to the other side. */
  readonly onSample: (sample: PortSample) => void;
}

interface Target {
  readonly address: string;
  readonly port: number;
}

export class PredictionRounds {
  readonly #options: PredictionOptions;
  readonly #ended = new AbortController();
  #round = 0;
  #walked = 0;
  #socket: DatagramSocket | undefined;
  #sampledRound = 0;
  #theirSample: PortSample | undefined;
  #timer: Timer;
  #walkTimer: Timer;

  constructor(options: PredictionOptions) {
    this.#options = options;
  }

  /** Nothing more will come of it. */
  get isOver(): boolean {
    return this.#ended.signal.aborted;
  }

  begin(): void {
    this.#next(1);
  }

  /** The other side tells what port its NAT gave last. */
  learn(sample: PortSample): void {
    if (this.isOver || sample.round > MAX_PREDICTION_ROUNDS || sample.round <= this.#walked) return;
    const { tools } = this.#options;
    // Towards an address that none of its candidates has, nothing is tried. (A NAT that changes its address defeats prediction anyway.)
    if (!pairsToPublicAddresses(tools).some(({ address }) => address === sample.address)) return;
    this.#theirSample = sample;
    if (sample.round > this.#round) this.#next(sample.round);
    else this.#walkWhenReady();
  }

  stop(): void {
    if (this.isOver) return;
    this.#ended.abort();
    const { clock } = this.#options.tools.around.outside;
    clock.clearTimer(this.#timer);
    clock.clearTimer(this.#walkTimer);
  }

  #next(round: number): void {
    if (round > MAX_PREDICTION_ROUNDS) {
      this.stop();
      return;
    }
    this.#round = round;
    this.#wait(SAMPLE_WAIT_MS, () => this.stop());
    if (this.#options.own.kind !== 'steps') {
      this.#walkWhenReady();
      return;
    }
    this.#sample(round).then(
      (sample) => {
        if (this.isOver || this.#round !== round) return;
        if (!sample) {
          // Its answer was lost, or the NAT took another of its addresses: the other side follows to the next round.
          this.#next(round + 1);
          return;
        }
        this.#sampledRound = round;
        this.#options.onSample(sample);
        this.#walkWhenReady();
      },
      (error: unknown) => {
        this.#options.tools.around.logger.warn({ err: error }, 'no sample of the ports our NAT gives');
        this.stop();
      },
    );
  }

  /** The socket comes first, so that nothing but a round trip lies between the sample and the walk. */
  async #sample(round: number): Promise<PortSample | undefined> {
    const { around, sockets, localCandidates } = this.#options.tools;
    this.#socket = await sockets.open('IPv4');
    if (!this.#socket || this.isOver) return undefined;
    const mapped = await around.network.sampleNextPort('IPv4', this.#ended.signal);
    const isOurs = ({ address }: Target) =>
      localCandidates().some((candidate) => candidate.type === 'srflx' && candidate.address === address);
    // Where the NAT has several addresses and takes now one, now another, nobody can know which is next.
    if (!mapped || !isOurs(mapped)) return undefined;
    return { address: mapped.address, latestPort: mapped.port, round };
  }

  #walkWhenReady(): void {
    const { own, theirs, tools } = this.#options;
    const round = this.#round;
    if (this.#walked >= round) return;
    if (own.kind === 'steps' && this.#sampledRound !== round) return;
    if (theirs.kind === 'steps' && this.#theirSample?.round !== round) return;
    const socket = own.kind === 'steps' ? this.#socket : tools.around.socket('IPv4');
    const targets = this.#targets();
    if (!socket || targets.length === 0) return;
    this.#walked = round;
    tools.record.note('port-prediction', targets[0]?.address);
    this.#wait(PREDICTION_ROUND_MS, () => this.#roundOver(round));
    // One walk at a time: the other side may hurry on to this round in the middle of the last one.
    tools.around.outside.clock.clearTimer(this.#walkTimer);
    this.#walk(socket, targets);
  }

  /** Where our checks go, in the order that the arithmetic wants. */
  #targets(): Target[] {
    const { own, theirs, tools } = this.#options;
    const sample = this.#theirSample;
    if (theirs.kind !== 'steps' || !sample) {
      return pairsToPublicAddresses(tools).map(({ address, port }) => ({ address, port }));
    }
    return stepsToTry(tools.codec.role, own, theirs).map((steps) => ({
      address: sample.address,
      port: portAfter(sample.latestPort, theirs.stride, steps),
    }));
  }

  #walk(socket: DatagramSocket, [target, ...rest]: readonly Target[]): void {
    if (!target) return;
    const { checklist, prober, around } = this.#options.tools;
    const pair = checklist.add({ ...target, type: 'srflx', priority: GUESS_PRIORITY }, socket);
    if (pair) {
      pair.isGuess = true;
      prober.begin(pair, PREDICTED_PAUSES_MS);
    }
    this.#walkTimer = around.outside.clock.setTimer(() => this.#walk(socket, rest), PACING_MS);
  }

  #roundOver(round: number): void {
    const { own } = this.#options;
    // A side that does not move follows the other one's samples.
    if (own.kind === 'steps') this.#next(round + 1);
    else if (round === MAX_PREDICTION_ROUNDS) this.stop();
    else this.#wait(SAMPLE_WAIT_MS, () => this.stop());
  }

  #wait(durationMs: number, then: () => void): void {
    const { clock } = this.#options.tools.around.outside;
    clock.clearTimer(this.#timer);
    this.#timer = clock.setTimer(then, durationMs);
  }
}
