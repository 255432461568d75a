import { createRoot } from 'react-dom/client';
import './styles.css';
import { App } from './app/App.tsx';
import { keptDismissed } from './app/dismissed.ts';
import { createClient, provideEngine } from './app/engine.ts';
import { startLanguages } from './app/i18n.ts';
import { followLinks } from './app/links.ts';
import { mirrorSettings } from './app/mirror.ts';
import { appStore } from './app/store.ts';
import { followSystemTheme } from './app/theme.ts';
import { watchEngine } from './app/watch.ts';
import { media, startMedia } from './media/current.ts';

followSystemTheme();
await startLanguages();

const { client, onConnection } = createClient();
provideEngine(client);
appStore.setState({ dismissed: keptDismissed() });
// The media hears of a call before the screen and the bell do: it is what the other side waits for.
startMedia();
mirrorSettings();
followLinks();
onConnection((connection, line) => {
  appStore.setState({ connection });
  if (connection !== 'open') return;
  watchEngine(client, line);
  media.engineFound();
});

const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App />);
