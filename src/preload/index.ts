/** The bridge of the sandboxed page: hands over its port to the engine and `byway:` links, and nothing else. */
import { contextBridge, ipcRenderer } from 'electron';

/** The names of the messages between the main process and us; `main/desktop/interface-port.ts` has the same. */
const PORT_WANTED = 'byway-port-please';
const PORT = 'byway-port';
const LINK = 'byway-link';

contextBridge.exposeInMainWorld('bywayHost', 'desktop');

window.addEventListener('message', (event) => {
  if (event.source === window && event.data === PORT_WANTED) ipcRenderer.send(PORT_WANTED);
});

// A port cannot cross the context bridge, but a message to the page's own window can carry it.
ipcRenderer.on(PORT, (event) => {
  window.postMessage({ type: PORT }, window.location.origin, event.ports);
});

ipcRenderer.on(LINK, (_event, link: unknown) => {
  window.postMessage({ type: LINK, link }, window.location.origin);
});
