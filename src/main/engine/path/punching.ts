/**
 * What goes beyond ordinary checks: the two sides tell each other of their NATs, choose a technique by that, and it is tried while there
 * is no path. When its time is over and nothing was found, this says why.
 */
import type { PathObstacle } from '../../../shared/call.ts';
import type { NetworkWord, PortSample } from '../../../shared/signal.ts';
import {
  MAX_PREDICTIONS,
  ORDINARY_CHECKS_MS,
  PUNCH_AGAIN_MS,
  PUNCH_LIMIT_MS,
  SAMPLE_FRESH_MS,
  SEARCH_DELAY_MS,
} from './constants.ts';
import { isHopeless, isLongShot, obstacleOf } from './obstacle.ts';
import type { CandidatePair } from './pair.ts';
import { PredictionRounds } from './prediction-rounds.ts';
import type { PunchTools } from './punch-tools.ts';
import { Search } from './search.ts';
import type { NetworkKnowledge } from './surroundings.ts';
import { chooseTechnique, type Technique } from './technique.ts';

export interface PunchingOptions {
  readonly tools: PunchTools;
  /** What we tell of our network has changed. */
  readonly onOwnWord: (word: NetworkWord) => void;
  /** No path can be had, and trying on is in vain. */
  readonly onHopeless: () => void;
}

export class Punching {
  readonly #options: PunchingOptions;
  readonly #search: Search;
  #own: NetworkWord;
  #theirs: NetworkWord | undefined;
  #technique: Technique = { kind: 'ordinary' };
  #rounds: PredictionRounds | undefined;
  #predictions = 0;
  #sampleAtMs = Number.NEGATIVE_INFINITY;
  #beganAtMs: number | undefined;
  #obstacle: PathObstacle | undefined;
  #closed = false;

  constructor(options: PunchingOptions) {
    this.#options = options;
    this.#search = new Search(options.tools);
    this.#own = ownWord(options.tools.around.network);
  }

  get own(): NetworkWord {
    return this.#own;
  }

  get obstacle(): PathObstacle | undefined {
    return this.#obstacle;
  }

  get isHopeless(): boolean {
    return isHopeless(this.#obstacle);
  }

  get isLongShot(): boolean {
    return isLongShot(this.#own, this.#theirs, this.#technique);
  }

  /** The checks begin, or begin anew because the path went silent. */
  begin(): void {
    this.#stop();
    this.#rounds = undefined;
    this.#obstacle = undefined;
    this.#beganAtMs = this.#nowMs();
    this.#choose();
  }

  /** The other side tells of its network. */
  learn(theirs: NetworkWord): void {
    if (this.#closed) return;
    this.#theirs = theirs;
    this.#choose();
    if (!theirs.sample) return;
    this.#sampleAtMs = this.#nowMs();
    this.#rounds?.learn(theirs.sample);
  }

  /** While there is no path: what is due? */
  tick(nowMs: number): void {
    if (this.#closed || this.#beganAtMs === undefined) return;
    this.#lookAtOwnNetwork();
    const passedMs = nowMs - this.#beganAtMs;
    if (passedMs >= PUNCH_LIMIT_MS) {
      this.#stop();
      this.tidy((pair) => pair.accepted);
    } else if (this.#technique.kind === 'search' && passedMs >= SEARCH_DELAY_MS) {
      this.#search.begin(this.#technique.we);
    } else if (this.#technique.kind === 'prediction' && !this.#rounds) {
      this.#predict();
    }
    if (passedMs >= ORDINARY_CHECKS_MS) this.#judge();
  }

  /** Something other than a direct path carries, and has for long: what was tried in vain is tried again, both sides at about the same time. */
  again(nowMs: number): void {
    if (this.#closed || this.#beganAtMs === undefined || nowMs - this.#beganAtMs < PUNCH_AGAIN_MS) return;
    this.#predictions = Math.min(this.#predictions, MAX_PREDICTIONS - 1);
    this.#search.allowAnother();
    this.begin();
  }

  /** Nothing more is tried; what stands in the way is told as it is known now. */
  giveUp(): void {
    if (this.#beganAtMs === undefined) return;
    this.#stop();
    this.#obstacle ??= obstacleOf(this.#own, this.#theirs, this.#technique);
    this.#beganAtMs = undefined;
  }

  /** There is a path: nothing more is tried, and nothing stands in the way. */
  opened(): void {
    if (this.#beganAtMs === undefined) return;
    this.#stop();
    this.tidy((pair) => pair.accepted);
    this.#beganAtMs = undefined;
    this.#obstacle = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    this.#options.tools.sockets.close();
  }

  /** Sockets whose pairs came to nothing are closed; the one that won lives as long as its pair. */
  tidy(isUseful: (pair: CandidatePair) => boolean): void {
    const { checklist, sockets } = this.#options.tools;
    for (const pair of [...checklist.pairs]) {
      if ((pair.isGuess || sockets.has(pair.socket)) && !isUseful(pair)) checklist.remove(pair);
    }
    this.#closeIdleSockets();
  }

  #closeIdleSockets(): void {
    const { checklist, sockets } = this.#options.tools;
    sockets.closeAllBut((socket) => checklist.pairs.some((pair) => pair.socket === socket));
  }

  #lookAtOwnNetwork(): void {
    const word = ownWord(this.#options.tools.around.network);
    const { sample: _told, ...known } = this.#own;
    if (JSON.stringify(word) === JSON.stringify(known)) return;
    this.#tell(word);
    this.#choose();
  }

  #tell(word: NetworkWord): void {
    this.#own = word;
    this.#options.onOwnWord(word);
  }

  #choose(): void {
    const technique = chooseTechnique(this.#own, this.#theirs);
    if (JSON.stringify(technique) === JSON.stringify(this.#technique)) return;
    this.#stop();
    this.#rounds = undefined;
    this.#technique = technique;
    this.#obstacle = undefined;
  }

  #predict(): void {
    if (this.#technique.kind !== 'prediction' || this.#predictions === MAX_PREDICTIONS) return;
    this.#predictions++;
    const { own, theirs } = this.#technique;
    this.#rounds = new PredictionRounds({
      tools: this.#options.tools,
      own,
      theirs,
      onSample: (sample: PortSample) => this.#tell({ ...this.#own, sample }),
    });
    this.#rounds.begin();
    const sample = this.#theirs?.sample;
    if (sample && this.#nowMs() - this.#sampleAtMs < SAMPLE_FRESH_MS) this.#rounds.learn(sample);
  }

  #judge(): void {
    const isTrying = this.#search.isRunning || this.#rounds?.isOver === false;
    if (isTrying || this.#obstacle) return;
    this.#obstacle = obstacleOf(this.#own, this.#theirs, this.#technique);
    this.#options.tools.record.changed();
    if (this.isHopeless) this.#options.onHopeless();
  }

  #stop(): void {
    this.#rounds?.stop();
    this.#search.stop();
  }

  #nowMs(): number {
    return this.#options.tools.around.outside.clock.now();
  }
}

/** What the other side has a use for, and no more. */
function ownWord(network: NetworkKnowledge): NetworkWord {
  const behaviour = network.behaviour('IPv4');
  const udp = network.udp();
  if (!behaviour) return { udp };
  const { translated, mapping, filtering, allocation } = behaviour;
  return { udp, behaviour: { translated, mapping, filtering, allocation } };
}
