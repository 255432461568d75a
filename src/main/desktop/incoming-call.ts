/** When somebody calls, the person at the machine must notice. */
import { type BrowserWindow, Notification } from 'electron';
import type { CallSnapshot } from '../../shared/call.ts';
import type { Engine } from '../engine/index.ts';
import { bringForward } from './window.ts';
import { words } from './words.ts';

/** Shows the window, flashes it where another one keeps the focus, and puts up a notification as long as it rings. */
export function announceIncomingCalls(window: BrowserWindow, engine: Engine): void {
  let notification: Notification | undefined;
  let ringing: string | undefined;

  const begin = (call: CallSnapshot) => {
    ringing = call.id;
    bringForward(window);
    if (window.isFocused()) return;
    window.flashFrame(true);
    if (!Notification.isSupported()) return;
    notification = new Notification({
      title: words.callFrom(call.peer.name),
      body: call.media === 'video' ? words.incomingVideo : words.incomingAudio,
      urgency: 'critical',
      // The page rings.
      silent: true,
    });
    notification.on('click', () => bringForward(window));
    notification.show();
  };
  const end = () => {
    ringing = undefined;
    notification?.close();
    notification = undefined;
    if (!window.isDestroyed()) window.flashFrame(false);
  };

  engine.calls.on('ringing', begin);
  engine.calls.on('changed', () => {
    if (ringing === undefined) return;
    const call = engine.calls.current;
    if (call?.id !== ringing || call.phase !== 'incoming') end();
  });
}
