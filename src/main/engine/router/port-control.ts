/** Questions to a router's port 5351, where NAT-PMP and PCP are answered. */
import type { Logger } from 'pino';
import type { Clock, DatagramSocket, NetworkRouter, Outside } from '../outside/index.ts';
import { pause } from './waiting.ts';

/** Makes of a datagram the answer that is waited for, or null: it is something else. */
type Reader<Answer> = (datagram: Buffer) => Answer | null;

export class PortControl {
  readonly #clock: Clock;
  readonly #router: NetworkRouter;
  readonly #port: number;
  readonly #open: Promise<DatagramSocket | undefined>;
  readonly #waiting = new Set<(datagram: Buffer) => void>();
  #closed = false;

  /** @param port where the router is asked */
  constructor(outside: Outside, router: NetworkRouter, port: number, logger: Logger) {
    this.#clock = outside.clock;
    this.#router = router;
    this.#port = port;
    this.#open = outside.network
      .bind(
        router.family,
        0,
        (datagram, address, fromPort) => this.#receive(datagram, address, fromPort),
        // Whether the router refuses or is silent, the pauses end the question.
        (error) => logger.debug({ err: error }, 'the socket for asking the router reported an error'),
        router.localAddress,
      )
      .catch((error: unknown) => {
        logger.debug({ err: error }, 'no socket for asking the router');
        return undefined;
      });
  }

  /**
   * Asks, and asks again after each pause (ms) until there is an answer. Null when there is none after the last one, or when the signal fires.
   */
  async ask<Answer>(
    question: Buffer,
    read: Reader<Answer>,
    pausesMs: readonly number[],
    signal?: AbortSignal,
  ): Promise<Answer | null> {
    const socket = await this.#open;
    if (!socket || this.#closed) return null;
    const ending = new AbortController();
    const end = () => ending.abort();
    let answer: Answer | null = null;
    const receive = (datagram: Buffer) => {
      answer ??= read(datagram);
      if (answer !== null) end();
    };
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end);
    this.#waiting.add(receive);
    try {
      for (const pauseMs of pausesMs) {
        if (ending.signal.aborted || this.#closed) break;
        socket.send(question, 0, question.length, this.#port, this.#router.address, ignoreLoss);
        await pause(this.#clock, pauseMs, ending.signal);
      }
    } finally {
      this.#waiting.delete(receive);
      signal?.removeEventListener('abort', end);
    }
    return answer;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting.clear();
    void this.#open.then((socket) => socket?.close());
  }

  /** RFC 6886 §3.1 and RFC 6887 §8.3: only what comes from where we asked is an answer. */
  #receive(datagram: Buffer, address: string, port: number): void {
    if (address !== this.#router.address || port !== this.#port) return;
    for (const receive of [...this.#waiting]) receive(datagram);
  }
}

/** What could not be sent is a lost datagram; the next pause sends it again. */
function ignoreLoss(): void {}
