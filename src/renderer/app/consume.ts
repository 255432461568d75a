import { WATCH_AGAIN_MS } from './constants.ts';
import { pause } from './engine.ts';

/**
 * Gives every value of a watch to `take` until the line is lost. A watch that breaks while the line stands is started
 * again, since the engine then gives the present state whole.
 */
export function consumeWatch<Value>(
  start: (signal: AbortSignal) => Promise<AsyncIterable<Value>>,
  take: (value: Value) => void,
  line: AbortSignal,
): void {
  const run = async () => {
    while (!line.aborted) {
      try {
        for await (const value of await start(line)) {
          if (line.aborted) return;
          take(value);
        }
      } catch (error) {
        if (!line.aborted) console.warn('A watch broke and is started again:', error);
      }
      await pause(WATCH_AGAIN_MS, line);
    }
  };
  void run();
}
