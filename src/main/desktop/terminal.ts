/** What a terminal learns from the app that was started in it. */

/** One sentence for the person at the terminal. Nobody reads it where the app was started by a click. */
export function tellTerminal(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

/**
 * Tells `npm start`, which listens on a channel of Node's, that the app itself runs and says what it has to say. An
 * Electron that ends without this word could not start on this machine at all.
 */
export function reportStarted(): void {
  if (process.connected) process.send?.('started');
}
