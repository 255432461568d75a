/** The one window. */
import { join } from 'node:path';
import { app, BrowserWindow } from 'electron';
import { ONE_SOCKET_POLICY } from '../../shared/media-end.ts';
import { MAX_RELOADS, RELOAD_WINDOW_MS, SMALLEST_WINDOW } from './constants.ts';
import { endWithSentence } from './mistakes.ts';
import { pageUrl, preloadFile } from './page.ts';
import { keepBounds, storedBounds } from './window-bounds.ts';
import { words } from './words.ts';

/** A file of the folder with icons, which is packaged beside the bundle. */
export function assetFile(name: string): string {
  return join(app.getAppPath(), 'assets', name);
}

/** Makes the window with its page; it shows itself once there is something to see. */
export function openWindow(instrument: boolean): BrowserWindow {
  const { bounds, maximized } = storedBounds();
  const window = new BrowserWindow({
    ...bounds,
    minWidth: SMALLEST_WINDOW.width,
    minHeight: SMALLEST_WINDOW.height,
    title: app.name,
    icon: assetFile('icon.png'),
    autoHideMenuBar: true,
    show: false,
    webPreferences: {
      preload: preloadFile,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      // A call goes on while its window is hidden.
      backgroundThrottling: false,
      // The voice of the other side must not wait for a click.
      autoplayPolicy: 'no-user-gesture-required',
    },
  });
  if (maximized) window.maximize();
  window.webContents.setWebRTCIPHandlingPolicy(ONE_SOCKET_POLICY);
  keepBounds(window);
  reloadAfterCrash(window, instrument);
  window.once('ready-to-show', () => window.show());
  void window.loadURL(pageUrl(instrument));
  return window;
}

/** Brings the window to the person's eyes. */
export function bringForward(window: BrowserWindow): void {
  if (window.isDestroyed()) return;
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** The engine and its paths outlive a page that crashed, so the page is loaded again. */
function reloadAfterCrash(window: BrowserWindow, instrument: boolean): void {
  let crashes: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    const now = Date.now();
    crashes = [...crashes.filter((at) => at > now - RELOAD_WINDOW_MS), now];
    if (crashes.length > MAX_RELOADS) endWithSentence(words.pageKeepsFailing);
    else void window.loadURL(pageUrl(instrument));
  });
}
