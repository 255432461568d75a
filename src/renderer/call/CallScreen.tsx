import { useTranslation } from 'react-i18next';
import { EngineBanner } from '../app/Banners.tsx';
import { useApp } from '../app/store.ts';
import { RemoteMedia } from '../media/Pictures.tsx';
import { useMedia } from '../media/store.ts';
import { CallControls } from './CallControls.tsx';
import { Conversation } from './Conversation.tsx';
import { CornerPicture } from './CornerPicture.tsx';
import { Farewell } from './Farewell.tsx';
import { Incoming } from './Incoming.tsx';
import { Outgoing } from './Outgoing.tsx';
import { PathPanel } from './path/PathPanel.tsx';
import { callFace, selectCall, useCall } from './store.ts';

/**
 * The whole window belongs to the call, from the first ring to the farewell. What every call needs is there before there is one: the places
 * of their sound and picture, and the controls.
 */
export function CallScreen() {
  const { t } = useTranslation();
  const call = useCall(selectCall);
  const pathPanel = useCall((store) => store.pathPanel);
  const lost = useApp((store) => store.connection === 'lost');
  const remotePicture = useMedia((store) => store.remotePicture);
  const face = callFace(call);
  const talks = face === 'outgoing' || face === 'conversation';
  const pictured = face === 'conversation' && remotePicture && call?.peerMedia.camera === true;
  const name = call?.peer.name ?? '';
  return (
    <main
      data-theme="dark"
      className="stage relative flex h-full flex-col overflow-hidden text-ink"
      aria-label={t('call.region', { name })}
      data-testid="call-screen"
      data-phase={call?.phase}
    >
      {lost && <EngineBanner />}
      <div className="relative flex min-h-0 grow">
        <RemoteMedia name={name} visible={pictured} beside={pathPanel} />
        <section hidden={!talks} className="relative flex min-w-0 grow flex-col">
          {call !== null && face === 'outgoing' && (
            <Outgoing userId={call.peer.userId} name={name} rings={call.phase === 'ringing'} />
          )}
          {call !== null && face === 'conversation' && <Conversation call={call} pictured={pictured} />}
          {call !== null && talks && <CornerPicture since={call.startedAt} />}
          <CallControls face={face} callId={talks ? call?.id : undefined} />
        </section>
        {call !== null && face === 'incoming' && <Incoming call={call} />}
        {call !== null && face === 'farewell' && <Farewell call={call} />}
        {call !== null && pathPanel && (face === 'conversation' || face === 'farewell') && (
          <PathPanel call={call} />
        )}
      </div>
    </main>
  );
}
