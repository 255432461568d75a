/** Closing the window, and ending the app. */
import { app, type BrowserWindow, Notification, type Tray } from 'electron';
import type { Engine } from '../engine/index.ts';
import { STOP_LIMIT_MS } from './constants.ts';
import { words } from './words.ts';

let quitting = false;

/** The close button hides the window where a tray keeps it reachable, and says so the first time; elsewhere it ends the app. */
export function hideInsteadOfClosing(window: BrowserWindow, tray: Tray | null): void {
  let told = false;
  window.on('close', (event) => {
    if (quitting || tray === null || tray.isDestroyed()) return;
    event.preventDefault();
    window.hide();
    if (told) return;
    told = true;
    if (Notification.isSupported()) {
      new Notification({ title: words.stillRunning, body: words.stillRunningWhy }).show();
    }
  });
  app.on('window-all-closed', () => app.quit());
}

/** Before the app ends, the engine says goodbye: a call under way ends on the other side as well, with its reason. */
export function sayGoodbyeBeforeQuitting(engine: Engine): void {
  let stopped = false;
  app.on('before-quit', (event) => {
    quitting = true;
    if (stopped) return;
    event.preventDefault();
    stopped = true;
    const limit = setTimeout(() => app.exit(0), STOP_LIMIT_MS);
    void engine.stop().finally(() => {
      clearTimeout(limit);
      app.quit();
    });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
}
