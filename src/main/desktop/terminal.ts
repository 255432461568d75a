/** What a terminal learns from the app that was started in it. */

/** One sentence for the person at the terminal. Nobody reads it where the app was started by a click. */
export function tellTerminal(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/** Whether `npm start` waits at the other end of a channel of Node's. */
export function isStartedByNpm(): boolean {
  return process.connected === true;
}

/**
 * Tells `npm start` that the app itself runs and says what it has to say. An Electron that ends without this word could
 * not start on this machine at all.
 */
export function reportStarted(): void {
  if (isStartedByNpm()) process.send?.('started');
}
