import { Tooltip } from 'radix-ui';
import { Activity, memo } from 'react';
import { useTranslation } from 'react-i18next';
import { Toaster, type ToasterProps } from 'sonner';
import { CallScreen } from '../call/CallScreen.tsx';
import { callFace, useCall } from '../call/store.ts';
import { AddContact } from '../contacts/AddContact.tsx';
import { Welcome } from '../welcome/Welcome.tsx';
import { CommandPalette } from './CommandPalette.tsx';
import { Main } from './Main.tsx';
import { Starting } from './Starting.tsx';
import { selectNeedsWelcome, useApp } from './store.ts';

/**
 * One of four faces: starting, first start, the call, or everything else. The call's is built in an idle moment before there is one, and what
 * it covers stays as it was: when a call begins the processor is for what two people wait for.
 */
export function App() {
  const started = useApp((store) => store.state !== null);
  const needsWelcome = useApp(selectNeedsWelcome);
  const face = useCall(({ call }) => callFace(call));
  return (
    <Tooltip.Provider delayDuration={350}>
      <Activity mode={face === 'none' ? 'visible' : 'hidden'}>
        <Beside />
      </Activity>
      <Activity mode={face === 'none' ? 'hidden' : 'visible'}>
        <CallScreen />
      </Activity>
      {face === 'none' && started && !needsWelcome && (
        <>
          <AddContact />
          <CommandPalette />
        </>
      )}
      <Notifications position={face === 'none' ? 'bottom-center' : 'top-center'} />
    </Tooltip.Provider>
  );
}

/** What there is beside a call. It hears of none, so that the beginning of one draws nothing of it anew. */
const Beside = memo(function Beside() {
  const started = useApp((store) => store.state !== null);
  const needsWelcome = useApp(selectNeedsWelcome);
  return !started ? <Starting /> : needsWelcome ? <Welcome /> : <Main />;
});

/** Apart from the rest: drawing it makes the browser compute styles. */
const Notifications = memo(function Notifications({ position }: { position: ToasterProps['position'] }) {
  const { t } = useTranslation();
  const theme = useApp((store) => store.state?.settings.theme ?? 'system');
  return (
    <Toaster
      position={position}
      theme={theme}
      containerAriaLabel={t('app.notifications')}
      toastOptions={{
        classNames: { toast: '!rounded-2xl !border-line !bg-raised !text-ink !shadow-float !font-sans' },
      }}
    />
  );
});
