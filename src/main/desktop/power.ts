/** Sleep and wakefulness: the network is new after sleep, and nobody sleeps in a call. */
import { powerMonitor, powerSaveBlocker } from 'electron';
import type { Engine } from '../engine/index.ts';

/** Looks at the network again after sleep, and keeps the display awake in a video call, the machine in any. */
export function followPower(engine: Engine): void {
  powerMonitor.on('resume', () => engine.app.reconnect());
  let blocker: number | undefined;
  engine.calls.on('changed', () => {
    const call = engine.calls.current;
    const inCall = call !== null && (call.phase === 'active' || call.phase === 'connecting');
    if (inCall && blocker === undefined) {
      blocker = powerSaveBlocker.start(
        call.media === 'video' ? 'prevent-display-sleep' : 'prevent-app-suspension',
      );
    } else if (!inCall && blocker !== undefined) {
      powerSaveBlocker.stop(blocker);
      blocker = undefined;
    }
  });
}
