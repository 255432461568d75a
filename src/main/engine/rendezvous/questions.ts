/** Questions to the server that one frame answers: asked at once or not at all, because what they ask is wanted now. */
import type { ClientFrame, ServerFrame } from '../../../shared/rendezvous.ts';
import type { Clock, Random, Timer } from '../outside/index.ts';
import { ANSWER_LIMIT_MS, MAX_OPEN_QUESTIONS, REQUEST_ID_BYTES } from './constants.ts';

export type CarriersAnswer = Extract<ServerFrame, { type: 'carriers' }>;
export type TurnAnswer = Extract<ServerFrame, { type: 'turn-servers' }>;
export type CarriersQuestion = Omit<Extract<ClientFrame, { type: 'find-carriers' }>, 'type' | 'requestId'>;

interface Open {
  readonly settle: (answer: CarriersAnswer | TurnAnswer | null) => void;
  readonly limit: Timer;
}

export class Questions {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #open = new Map<string, Open>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Asks who could forward a call. Null when there is no connection, no answer in time, or nobody wants it any more.
   *
   * @param send hands the frame to the connection; false where there is none
   */
  async ask(
    question: CarriersQuestion,
    send: (frame: ClientFrame) => boolean,
    signal?: AbortSignal,
  ): Promise<CarriersAnswer | null> {
    const put = (requestId: string) => send({ type: 'find-carriers', requestId, ...question });
    const answer = await this.#ask(put, signal);
    return answer?.type === 'carriers' ? answer : null;
  }

  /** Asks for TURN servers; null as above. */
  async askTurn(send: (frame: ClientFrame) => boolean, signal?: AbortSignal): Promise<TurnAnswer | null> {
    const answer = await this.#ask((requestId) => send({ type: 'find-turn', requestId }), signal);
    return answer?.type === 'turn-servers' ? answer : null;
  }

  #ask(
    put: (requestId: string) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<CarriersAnswer | TurnAnswer | null> {
    if (signal?.aborted || this.#open.size >= MAX_OPEN_QUESTIONS) return Promise.resolve(null);
    const requestId = this.#random.bytes(REQUEST_ID_BYTES).toString('base64url');
    return new Promise((resolve) => {
      const unwanted = () => settle(null);
      const settle = (answer: CarriersAnswer | TurnAnswer | null) => {
        if (!this.#open.delete(requestId)) return;
        this.#clock.clearTimer(limit);
        signal?.removeEventListener('abort', unwanted);
        resolve(answer);
      };
      const limit = this.#clock.setTimer(() => settle(null), ANSWER_LIMIT_MS);
      this.#open.set(requestId, { settle, limit });
      signal?.addEventListener('abort', unwanted);
      if (!put(requestId)) settle(null);
    });
  }

  answered(answer: CarriersAnswer | TurnAnswer): void {
    this.#open.get(answer.requestId)?.settle(answer);
  }

  /** The connection is gone, and the answers with it. */
  failAll(): void {
    for (const { settle } of [...this.#open.values()]) settle(null);
  }
}
