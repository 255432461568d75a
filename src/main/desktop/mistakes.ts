/** When the app itself fails: one sentence in a dialog, then the end. */
import { app, dialog } from 'electron';
import type { Logger } from 'pino';
import { isStartedByNpm, reportStarted, tellTerminal } from './terminal.ts';
import { words } from './words.ts';

/** Says a sentence, to whoever started the app in a terminal and in a dialog, and ends the app with a failure. */
export function endWithSentence(sentence: string, { withDialog = true } = {}): never {
  tellTerminal(sentence);
  reportStarted();
  if (withDialog) dialog.showErrorBox(app.name, sentence);
  app.exit(1);
  process.exit(1);
}

/** An error nobody caught is a mistake of ours: it is logged whole and told in one sentence. */
export function catchMistakes(logger: Logger): void {
  let told = false;
  const end = (error: unknown) => {
    logger.fatal({ err: error }, 'an error that nobody caught');
    if (told) return;
    told = true;
    endWithSentence(words.ownMistake);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** Runs the start of the app; what it throws is a sentence for the person, such as a store that cannot be read. */
export async function orSaySo<Result>(start: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await start();
  } catch (error) {
    // Who just typed `npm start` looks at the terminal, and need not click a dialog away to get it back.
    const withDialog = !isStartedByNpm();
    return endWithSentence(error instanceof Error ? error.message : String(error), { withDialog });
  }
}
