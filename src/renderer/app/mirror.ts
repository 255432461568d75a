/** What the settings and the call change outside React: theme, language, the window's title, the ring. */
import i18next from 'i18next';
import { toast } from 'sonner';
import { dismissCall } from '../call/actions.ts';
import { heardStore } from '../call/follow.ts';
import { callFace, callStore } from '../call/store.ts';
import { startRing } from '../media/ring.ts';
import { RING_AFTER_MS } from './constants.ts';
import { applyLanguage } from './i18n.ts';
import { appStore, selectSettings } from './store.ts';
import { applyTheme } from './theme.ts';

/** From here on settings and calls show everywhere they should. */
export function mirrorSettings(): void {
  appStore.subscribe((store, before) => {
    const settings = selectSettings(store);
    if (settings === undefined || settings === selectSettings(before)) return;
    applyTheme(settings.theme);
    applyLanguage(settings.language);
  });

  callStore.subscribe(({ call }, before) => {
    const face = callFace(call);
    if (call !== null && call.phase === 'ended' && face === 'none' && before.call?.phase !== 'ended') {
      void dismissCall(call.id);
    }
    if (call?.phase === before.call?.phase && call?.id === before.call?.id) return;
    // What was said before the call would lie over it.
    if (face !== 'none') toast.dismiss();
    document.title = titleOf(face, call?.peer.name ?? '');
  });

  let stopRing: (() => void) | undefined;
  heardStore.subscribe(({ call }, before) => {
    if (call?.phase === before.call?.phase && call?.id === before.call?.id) return;
    stopRing?.();
    stopRing = undefined;
    if (call?.phase === 'incoming' && appStore.getState().state?.settings.ringtone === true)
      stopRing = ringSoon('incoming');
    if (call?.phase === 'ringing') stopRing = ringSoon('outgoing');
  });
}

/** Starts ringing when the media ends have had the processor for themselves. Returns what ends it. */
function ringSoon(kind: 'incoming' | 'outgoing'): () => void {
  let stop = () => {};
  const timer = setTimeout(() => {
    stop = startRing(kind);
  }, RING_AFTER_MS);
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function titleOf(face: ReturnType<typeof callFace>, name: string): string {
  if (face === 'incoming') return i18next.t('app.titleIncoming', { name });
  if (face === 'outgoing' || face === 'conversation') return i18next.t('app.titleCall', { name });
  return i18next.t('app.name');
}
