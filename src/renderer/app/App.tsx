import { Tooltip } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { Toaster } from 'sonner';
import { CallScreen } from '../call/CallScreen.tsx';
import { callFace, useCall } from '../call/store.ts';
import { AddContact } from '../contacts/AddContact.tsx';
import { Welcome } from '../welcome/Welcome.tsx';
import { CommandPalette } from './CommandPalette.tsx';
import { Main } from './Main.tsx';
import { Starting } from './Starting.tsx';
import { selectNeedsWelcome, useApp } from './store.ts';

/** One of four faces: starting, first start, the call, or everything else. */
export function App() {
  const { t } = useTranslation();
  const started = useApp((store) => store.state !== null);
  const needsWelcome = useApp(selectNeedsWelcome);
  const face = useCall(({ call }) => callFace(call));
  const theme = useApp((store) => store.state?.settings.theme ?? 'system');
  return (
    <Tooltip.Provider delayDuration={350}>
      {face !== 'none' ? <CallScreen /> : !started ? <Starting /> : needsWelcome ? <Welcome /> : <Main />}
      {face === 'none' && started && !needsWelcome && (
        <>
          <AddContact />
          <CommandPalette />
        </>
      )}
      <Toaster
        position={face === 'none' ? 'bottom-center' : 'top-center'}
        theme={theme}
        containerAriaLabel={t('app.notifications')}
        toastOptions={{
          classNames: { toast: '!rounded-2xl !border-line !bg-raised !text-ink !shadow-float !font-sans' },
        }}
      />
    </Tooltip.Provider>
  );
}
