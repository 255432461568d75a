/** A `byway:` link that was opened anywhere on the machine: the desktop app hands it over through its bridge. */
import { appStore } from './store.ts';

/** From here on such a link opens the dialog that adds a person, with the link already in it. */
export function followLinks(): void {
  window.addEventListener('message', (event: MessageEvent) => {
    if (event.source !== window) return;
    const data: unknown = event.data;
    if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'byway-link') return;
    if (!('link' in data) || typeof data.link !== 'string') return;
    appStore.setState({ adding: true, offeredLink: data.link });
  });
}
