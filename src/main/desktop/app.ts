/** The Electron app itself: one instance, its folders, its menu. */
import { join } from 'node:path';
import { app, Menu, session } from 'electron';
import type { StartOptions } from './command-line.ts';
import { makeFolder } from './folders.ts';

/**
 * Where this app keeps the engine's data.
 *
 * @throws Error, a sentence for the person, when the folder cannot be made
 */
export function chooseFolders({ dataDirectory }: StartOptions): string {
  if (dataDirectory === undefined) {
    const own = app.getPath('userData');
    makeFolder(own, own);
    return join(own, 'engine');
  }
  // Chromium's own files beside ours, so that two apps on one machine share nothing.
  const browserDirectory = join(dataDirectory, 'browser');
  makeFolder(dataDirectory, browserDirectory);
  app.setPath('userData', browserDirectory);
  return dataDirectory;
}

/** False when the app runs already with the same data; that one was told to come forward. */
export function isOnlyInstance(): boolean {
  return app.requestSingleInstanceLock();
}

export async function electronReady(): Promise<Electron.Session> {
  await app.whenReady();
  setMenu();
  return session.defaultSession;
}

/** macOS has its menu at the top of the screen, and the shortcuts for copying live in it; elsewhere none is needed. */
function setMenu(): void {
  if (process.platform !== 'darwin') {
    Menu.setApplicationMenu(null);
    return;
  }
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }]),
  );
}

export function quit(): void {
  app.quit();
}
