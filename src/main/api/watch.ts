/** The one shape of every `watch`: the present state at once, then each later state, never an older one twice. */

/**
 * Yields `read()` now and again after every change until the interface goes away. Changes that come faster than the
 * interface reads are folded into one.
 *
 * @param subscribe calls back on each change and returns how to stop
 */
export async function* watch<State>(
  read: () => State,
  subscribe: (changed: () => void) => () => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<State, void> {
  let changed = true;
  let wake: () => void = () => undefined;
  const notify = () => {
    changed = true;
    wake();
  };
  const unsubscribe = subscribe(notify);
  signal?.addEventListener('abort', notify);
  try {
    while (!signal?.aborted) {
      if (changed) {
        changed = false;
        yield read();
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', notify);
  }
}
