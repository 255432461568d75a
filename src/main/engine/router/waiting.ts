/** Waits that end: by the injected clock, or at once when a signal fires. */
import type { Clock } from '../outside/index.ts';

/** Resolves after so many ms, or when the signal fires. */
export function pause(clock: Clock, durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const over = () => {
      clock.clearTimer(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = clock.setTimer(over, durationMs);
    signal.addEventListener('abort', over);
  });
}

/** Does something with a signal that fires after so many ms, or with the one given; nothing of it is left afterwards. */
export async function within<T>(
  clock: Clock,
  limitMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = clock.setTimer(end, limitMs);
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end);
  try {
    return await work(ending.signal);
  } finally {
    clock.clearTimer(timer);
    signal?.removeEventListener('abort', end);
  }
}
