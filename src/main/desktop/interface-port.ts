/** Hands the page its line to the engine: a message port, made anew whenever the page asks. */
import { RPCHandler } from '@orpc/server/message-port';
import { type BrowserWindow, ipcMain, MessageChannelMain, type MessagePortMain } from 'electron';
import { createRouter } from '../api/router.ts';
import type { Engine } from '../engine/index.ts';
import { isOwnPage } from './page.ts';

/** The names of the messages between the bridge and us; `preload` has the same. */
const PORT_WANTED = 'byway-port-please';
const PORT = 'byway-port';
const LINK = 'byway-link';

export interface InterfacePort {
  /** Shows a `byway:` link in the page, at once or as soon as the page is there. */
  sendLink(link: string): void;
}

/** Answers the window's page, and it alone, with a port on which it may ask everything in the contract. */
export function offerInterfacePort(window: BrowserWindow, engine: Engine): InterfacePort {
  const handler = new RPCHandler(createRouter(engine));
  const { webContents } = window;
  let port: MessagePortMain | undefined;
  let waitingLink: string | undefined;

  const give = (event: Electron.IpcMainEvent) => {
    const frame = event.senderFrame;
    if (frame === null || frame !== webContents.mainFrame || !isOwnPage(frame.url)) return;
    port?.close();
    const { port1, port2 } = new MessageChannelMain();
    port = port1;
    port1.on('close', () => {
      if (port === port1) port = undefined;
    });
    handler.upgrade(port1, { context: {} });
    port1.start();
    webContents.postMessage(PORT, null, [port2]);
    if (waitingLink !== undefined) webContents.send(LINK, waitingLink);
    waitingLink = undefined;
  };
  ipcMain.on(PORT_WANTED, give);
  window.on('closed', () => {
    ipcMain.off(PORT_WANTED, give);
    port?.close();
  });

  return {
    sendLink(link) {
      if (port === undefined) waitingLink = link;
      else webContents.send(LINK, link);
    },
  };
}
