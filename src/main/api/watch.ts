/** The one shape of every `watch`: the present state at once, then each later state, never an older one twice. */

/** Which changes may come late, and how late. */
export interface Pace<State> {
  /** Whether nobody misses the new state while the old one is shown. */
  mayWait(before: State, now: State): boolean;
  /** The shortest time between two states that may wait, ms. */
  readonly intervalMs: number;
}

/**
 * Yields `read()` now and again after every change until the interface goes away. Changes that come faster than the
 * interface reads are folded into one.
 *
 * @param subscribe calls back on each change and returns how to stop
 * @param pace holds back what can wait, where states change faster than anybody looks
 */
export async function* watch<State>(
  read: () => State,
  subscribe: (changed: () => void) => () => void,
  signal: AbortSignal | undefined,
  pace?: Pace<State>,
): AsyncGenerator<State, void> {
  let changed = true;
  let last: { readonly state: State; readonly atMs: number } | undefined;
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
        const state = read();
        const dueMs =
          pace && last && pace.mayWait(last.state, state)
            ? last.atMs + pace.intervalMs - performance.now()
            : 0;
        if (dueMs > 0) {
          // A later change within this time takes the state of this one along.
          let timer: ReturnType<typeof setTimeout> | undefined;
          await new Promise<void>((resolve) => {
            wake = resolve;
            timer = setTimeout(resolve, dueMs);
          });
          clearTimeout(timer);
          changed = true;
          continue;
        }
        last = { state, atMs: performance.now() };
        yield state;
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
