/** Time as the server takes it, so that tests can bring their own. The engine's clock fits. */

export interface Clock {
  /** Milliseconds that only grow. For durations. */
  now(): number;
  /** Milliseconds since 1970. For what clients are told and for expiry of what is kept. */
  wallNow(): number;
  setTimer(callback: () => void, delayMs: number): unknown;
  /** Clearing one that has fired, or was cleared, is fine. */
  clearTimer(timer: unknown): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
