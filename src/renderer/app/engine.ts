/** The engine, as the interface reaches it: one client that stays the same while the line under it comes and goes. */
import { type ClientContext, type ClientLink, createORPCClient, DynamicLink } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../shared/contract.ts';
import { RECONNECT_FIRST_MS, RECONNECT_LONGEST_MS } from './constants.ts';
import { EngineAwayError } from './errors.ts';
import { openLine } from './line.ts';

export type EngineClient = ContractRouterClient<Contract>;

/** `connecting` only until the first line stands or fails. */
export type EngineConnection = 'connecting' | 'open' | 'lost';

export interface EngineHandle {
  readonly client: EngineClient;
  /**
   * Calls back at every change. While `open`, `line` is aborted when that line is lost: whatever was started on it ends
   * then and starts again on the next one.
   */
  onConnection(listener: (connection: EngineConnection, line: AbortSignal) => void): void;
  stop(): void;
}

/** Starts reaching for the engine and never gives up until `stop`. */
export function createClient(): EngineHandle {
  let link: ClientLink<ClientContext> | undefined;
  const stopped = new AbortController();
  const listeners = new Set<(connection: EngineConnection, line: AbortSignal) => void>();
  let latest: { connection: EngineConnection; line: AbortSignal } = {
    connection: 'connecting',
    line: stopped.signal,
  };
  const announce = (connection: EngineConnection, line: AbortSignal) => {
    latest = { connection, line };
    for (const listener of listeners) listener(connection, line);
  };

  async function keepConnected(): Promise<void> {
    let failures = 0;
    while (!stopped.signal.aborted) {
      const lineGone = new AbortController();
      try {
        const line = await openLine(stopped.signal);
        failures = 0;
        link = line.link;
        announce('open', lineGone.signal);
        await Promise.race([line.closed, aborted(stopped.signal)]);
        line.close();
      } catch (error) {
        console.info('The engine cannot be reached yet:', error);
      }
      link = undefined;
      lineGone.abort();
      if (stopped.signal.aborted) return;
      announce('lost', lineGone.signal);
      await pause(Math.min(RECONNECT_FIRST_MS * 2 ** failures++, RECONNECT_LONGEST_MS), stopped.signal);
    }
  }
  void keepConnected();

  const dynamic = new DynamicLink<ClientContext>(() => {
    if (link === undefined) throw new EngineAwayError();
    return link;
  });
  return {
    client: createORPCClient(dynamic),
    onConnection(listener) {
      listeners.add(listener);
      listener(latest.connection, latest.line);
    },
    stop: () => stopped.abort(),
  };
}

let current: EngineClient | undefined;

/** Says which client `engine()` gives: the real one in the app, a stub in the gallery. */
export function provideEngine(client: EngineClient): void {
  current = client;
}

/** The engine's client. Throws when the app asks before it was provided, which is a mistake in our own start-up. */
export function engine(): EngineClient {
  if (current === undefined) throw new Error('provideEngine was not called');
  return current;
}

/** Fulfilled when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Fulfilled after `delayMs`, or at once when the signal is aborted. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
