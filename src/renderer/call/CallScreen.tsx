import { useTranslation } from 'react-i18next';
import { EngineBanner } from '../app/Banners.tsx';
import { useApp } from '../app/store.ts';
import { RemoteMedia } from '../media/Pictures.tsx';
import { useMedia } from '../media/store.ts';
import { Conversation } from './Conversation.tsx';
import { Farewell } from './Farewell.tsx';
import { Incoming } from './Incoming.tsx';
import { Outgoing } from './Outgoing.tsx';
import { callFace, selectCall, useCall } from './store.ts';

/** The whole window belongs to the call, from the first ring to the farewell. */
export function CallScreen() {
  const { t } = useTranslation();
  const call = useCall(selectCall);
  const pathPanel = useCall((store) => store.pathPanel);
  const lost = useApp((store) => store.connection === 'lost');
  const remotePicture = useMedia((store) => store.remotePicture);
  if (call === null) return null;
  const face = callFace(call);
  const pictured = face === 'conversation' && remotePicture && call.peerMedia.camera;
  return (
    <main
      data-theme="dark"
      className="stage relative flex h-full flex-col overflow-hidden text-ink"
      aria-label={t('call.region', { name: call.peer.name })}
      data-testid="call-screen"
      data-phase={call.phase}
    >
      {lost && <EngineBanner />}
      <div className="relative flex min-h-0 grow">
        {face !== 'farewell' && <RemoteMedia name={call.peer.name} visible={pictured} beside={pathPanel} />}
        {face === 'incoming' && <Incoming call={call} />}
        {face === 'outgoing' && <Outgoing call={call} />}
        {face === 'conversation' && <Conversation call={call} pictured={pictured} />}
        {face === 'farewell' && <Farewell call={call} />}
      </div>
    </main>
  );
}
