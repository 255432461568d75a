/** The one media session of this page, and what joins it to the stores. */
import { appStore } from '../app/store.ts';
import { heardStore } from '../call/follow.ts';
import { callStore } from '../call/store.ts';
import { networkStore } from '../diagnostics/store.ts';
import { followDevices } from './devices.ts';
import { offerInstruments } from './instruments.ts';
import { MediaSession } from './session.ts';

export const media = new MediaSession(
  () => appStore.getState().state?.settings ?? { microphoneId: '', cameraId: '' },
);

/** From here on the media follows the calls and the settings. */
export function startMedia(): void {
  heardStore.subscribe(({ call }, before) => {
    if (call !== before.call) media.sync(call);
  });
  appStore.subscribe(({ state }, before) => {
    if (state !== null && before.state !== null && state.settings !== before.state.settings) {
      media.devicesChosen(state.settings, before.state.settings);
    }
  });
  media.start();
  followDevices(() => media.devicesChanged());
  offerInstruments(() => media.reading(), {
    call: () => callStore.getState().call,
    network: () => networkStore.getState().report,
  });
  window.addEventListener('pagehide', () => media.stop());
}
