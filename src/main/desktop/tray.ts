/** The tray: Byway stays reachable while its window is closed. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Menu, type NativeImage, nativeImage, Tray } from 'electron';
import type { Engine } from '../engine/index.ts';
import { TRAY_ANSWER_LIMIT_MS } from './constants.ts';
import { assetFile } from './window.ts';
import { words } from './words.ts';

export interface TrayActions {
  show(): void;
  quit(): void;
}

/** Puts Byway in the tray; null where nobody would see it there. */
export async function placeInTray(engine: Engine, actions: TrayActions): Promise<Tray | null> {
  if (!(await hasTray())) return null;
  const image = trayImage();
  if (image.isEmpty()) return null;
  const tray = new Tray(image);
  const show = () => {
    if (tray.isDestroyed()) return;
    const state = stateInWords(engine);
    tray.setToolTip(`Byway: ${state}`);
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: state, enabled: false },
        { type: 'separator' },
        { label: words.open, click: actions.show },
        { label: words.quit, click: actions.quit },
      ]),
    );
  };
  // A call changes several times a second; the words for it change a few times a call.
  let shown = '';
  const showChanges = () => {
    const state = stateInWords(engine);
    if (state === shown) return;
    shown = state;
    show();
  };
  tray.on('click', actions.show);
  engine.app.on('changed', showChanges);
  engine.calls.on('changed', showChanges);
  showChanges();
  return tray;
}

/** In both densities; on macOS a template, which the menu bar colours itself. */
function trayImage(): NativeImage {
  const template = process.platform === 'darwin';
  const image = nativeImage.createEmpty();
  for (const [scaleFactor, size] of [[1, 16] as const, [2, 32] as const]) {
    const name = `tray-${template ? 'template-' : ''}${size}.png`;
    image.addRepresentation({ scaleFactor, buffer: readFileSync(assetFile(name)) });
  }
  image.setTemplateImage(template);
  return image;
}

function stateInWords(engine: Engine): string {
  const call = engine.calls.current;
  if (call !== null && call.phase !== 'ended') {
    if (call.phase === 'incoming') return words.callFrom(call.peer.name);
    return call.phase === 'active' ? words.inCallWith(call.peer.name) : words.calling(call.peer.name);
  }
  return `${words.noCall}, ${words.server[engine.app.state().server.state]}`;
}

/**
 * Whether a tray would be seen. On Linux only some desktops have one, and Electron does not say; the session bus knows
 * (StatusNotifierItem, org.kde.StatusNotifierWatcher).
 */
async function hasTray(): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  if (!process.env.DBUS_SESSION_BUS_ADDRESS) return false;
  const question = [
    'call',
    '--session',
    '--dest=org.freedesktop.DBus',
    '--object-path=/org/freedesktop/DBus',
    '--method=org.freedesktop.DBus.NameHasOwner',
    'org.kde.StatusNotifierWatcher',
  ];
  return new Promise((resolve) => {
    execFile('gdbus', question, { timeout: TRAY_ANSWER_LIMIT_MS }, (error, output) =>
      resolve(error === null && output.includes('true')),
    );
  });
}
