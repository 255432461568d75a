/** Every screen from fixtures, one a page: `?scene=home&theme=dark&language=de`. Without a scene, a list of them. */
import { createRoot } from 'react-dom/client';
import '../styles.css';
import { App } from '../app/App.tsx';
import { provideEngine } from '../app/engine.ts';
import { applyLanguage, startLanguages } from '../app/i18n.ts';
import { mirrorSettings } from '../app/mirror.ts';
import { applyTheme } from '../app/theme.ts';
import { scenes } from './scenes.ts';
import { stubClient } from './stub-client.ts';

const asked = new URLSearchParams(location.search);
const theme = asked.get('theme') === 'dark' ? 'dark' : 'light';
await startLanguages();
provideEngine(stubClient);
mirrorSettings();
scenes[asked.get('scene') ?? '']?.();
applyTheme(theme);
applyLanguage(asked.get('language') ?? 'en');

const root = document.getElementById('root');
if (root !== null) createRoot(root).render(asked.has('scene') ? <App /> : <List />);

function List() {
  return (
    <ul className="quiet-scroll h-full columns-3 p-8 leading-8 underline">
      {Object.keys(scenes).flatMap((scene) =>
        (['light', 'dark'] as const).map((tone) => (
          <li key={scene + tone}>
            <a data-scene={scene} href={`?scene=${scene}&theme=${tone}`}>{`${scene} (${tone})`}</a>
          </li>
        )),
      )}
    </ul>
  );
}
