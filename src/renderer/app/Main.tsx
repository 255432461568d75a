import { useTranslation } from 'react-i18next';
import { ContactView } from '../contacts/ContactView.tsx';
import { Home } from '../contacts/Home.tsx';
import { Diagnostics } from '../diagnostics/Diagnostics.tsx';
import { SettingsPage } from '../settings/SettingsPage.tsx';
import { useNarrow } from '../ui/use-narrow.ts';
import { Question } from '../volunteer/Question.tsx';
import { VolunteerPage } from '../volunteer/VolunteerPage.tsx';
import { Banners } from './Banners.tsx';
import { Sidebar } from './Sidebar.tsx';
import { useApp, type View } from './store.ts';

/** List on the left, what was chosen on the right; one of the two where there is no room for both. */
export function Main() {
  const { t } = useTranslation();
  const view = useApp((store) => store.view);
  const narrow = useNarrow();
  return (
    <div className="flex h-full flex-col">
      <Banners />
      <Question />
      <div className="flex min-h-0 grow">
        {(!narrow || view.name === 'home') && <Sidebar filling={narrow} />}
        {(!narrow || view.name !== 'home') && (
          <main
            id="main"
            key={view.name === 'contact' ? view.userId : view.name}
            aria-label={t('nav.label')}
            className="quiet-scroll min-w-0 grow animate-fade"
          >
            <Detail view={view} />
          </main>
        )}
      </div>
    </div>
  );
}

function Detail({ view }: { view: View }) {
  switch (view.name) {
    case 'home':
      return <Home />;
    case 'contact':
      return <ContactView userId={view.userId} />;
    case 'settings':
      return <SettingsPage />;
    case 'diagnostics':
      return <Diagnostics />;
    case 'volunteer':
      return <VolunteerPage />;
  }
}
