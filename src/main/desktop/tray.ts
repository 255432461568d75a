/** The tray: Byway stays reachable while its window is closed. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dialog, Menu, type MenuItemConstructorOptions, type NativeImage, nativeImage, Tray } from 'electron';
import type { Engine } from '../engine/index.ts';
import { StoreUnwritableError } from '../engine/store/index.ts';
import { TRAY_ANSWER_LIMIT_MS, TRAY_PAUSE_MINUTES } from './constants.ts';
import { type LendingInTray, lendingInTray } from './lending.ts';
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
  const lookAtLending = () =>
    lendingInTray(engine.app.state().settings, engine.volunteer.state(), Date.now());
  let lending = lookAtLending();
  // A call changes several times a second; the words for it change a few times a call.
  let shown = '';
  const showChanges = (always = false) => {
    if (tray.isDestroyed()) return;
    const state = stateInWords(engine);
    const now = JSON.stringify([state, lending]);
    if (now === shown && !always) return;
    shown = now;
    const lines = [`Byway: ${state}`, ...(lending?.isOn ? [lending.sentence] : [])];
    tray.setToolTip(lines.join('\n'));
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: state, enabled: false },
        ...(lending === undefined ? [] : lendingItems(engine, lending, redraw)),
        { type: 'separator' },
        { label: words.open, click: actions.show },
        { label: words.quit, click: actions.quit },
      ]),
    );
  };
  // A click has turned the tick of its item already, whatever became of it.
  const redraw = () => showChanges(true);
  const lendingChanged = () => {
    lending = lookAtLending();
    showChanges();
  };
  tray.on('click', actions.show);
  engine.calls.on('changed', () => showChanges());
  engine.app.on('changed', lendingChanged);
  engine.volunteer.on('changed', lendingChanged);
  showChanges();
  return tray;
}

function lendingItems(
  engine: Engine,
  { sentence, isOn, offer }: LendingInTray,
  redraw: () => void,
): MenuItemConstructorOptions[] {
  const item = (label: string, act: () => void | Promise<void>): MenuItemConstructorOptions => ({
    label,
    click: () => void orSayWhyNot(act).finally(redraw),
  });
  const lend = item(words.lending.lend, () => {
    const { volunteer } = engine.app.state().settings;
    return engine.app.updateSettings({ volunteer: { ...volunteer, enabled: !isOn }, volunteerAsked: true });
  });
  const rest = {
    pause: item(words.lending.pause, () => engine.volunteer.pause(TRAY_PAUSE_MINUTES)),
    'go-on': item(words.lending.goOn, () => engine.volunteer.resume()),
  };
  return [
    { type: 'separator' },
    { label: sentence, enabled: false },
    { ...lend, type: 'checkbox', checked: isOn },
    ...(offer === undefined ? [] : [rest[offer]]),
  ];
}

/** A full disk is nothing that the app should end for. */
async function orSayWhyNot(act: () => void | Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof StoreUnwritableError)) throw error;
    dialog.showErrorBox(words.notDone, error.message);
  }
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
