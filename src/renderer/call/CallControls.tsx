import { Mic, MicOff, PhoneOff, Route, Video, VideoOff } from 'lucide-react';
import { memo, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { media } from '../media/current.ts';
import { mediaStore, selectCameraOn, useMedia } from '../media/store.ts';
import { IconButton } from '../ui/IconButton.tsx';
import { hangUp } from './actions.ts';
import { DevicesMenu } from './DevicesMenu.tsx';
import { type CallFace, callStore, useCall } from './store.ts';

interface CallControlsProps {
  face: CallFace;
  /** The call they are for; undefined where there is none that they could do anything to. */
  callId: string | undefined;
}

const toggleMute = () => media.setMuted(!mediaStore.getState().muted);
const toggleCamera = () => media.setCamera(!selectCameraOn(mediaStore.getState()));
const togglePath = () => callStore.setState(({ pathPanel }) => ({ pathPanel: !pathPanel }));
const keys: Readonly<Record<string, () => void>> = { d: toggleMute, e: toggleCamera, i: togglePath };

/** The bar at the foot of a call. Ctrl (or Command) with D, E and I do the same from anywhere. */
export const CallControls = memo(function CallControls({ face, callId }: CallControlsProps) {
  const { t } = useTranslation();
  const muted = useMedia((store) => store.muted || store.microphone.problem !== null);
  const cameraOn = useMedia(selectCameraOn);
  const pathPanel = useCall((store) => store.pathPanel);
  const isInCall = callId !== undefined;
  useEffect(() => {
    if (!isInCall) return;
    const onKey = (event: KeyboardEvent) => {
      const act = event.ctrlKey || event.metaKey ? keys[event.key.toLowerCase()] : undefined;
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [isInCall]);
  return (
    <div
      role="toolbar"
      aria-label={t('call.controls')}
      className="relative z-10 flex items-center bg-linear-to-t from-black/55 to-transparent justify-center gap-2.5 px-3 pt-3 pb-5 min-[460px]:gap-3.5"
    >
      <IconButton
        size="large"
        look={muted ? 'stage-off' : 'stage'}
        label={t(muted ? 'call.unmute' : 'call.mute')}
        keys="Ctrl D"
        aria-pressed={muted}
        data-testid="mute"
        icon={muted ? <MicOff size={22} /> : <Mic size={22} />}
        onClick={() => media.setMuted(!muted)}
      />
      <IconButton
        size="large"
        look={cameraOn ? 'stage' : 'stage-off'}
        label={t(cameraOn ? 'call.cameraOff' : 'call.cameraOn')}
        keys="Ctrl E"
        aria-pressed={!cameraOn}
        data-testid="camera-toggle"
        icon={cameraOn ? <Video size={22} /> : <VideoOff size={22} />}
        onClick={toggleCamera}
      />
      <DevicesMenu />
      {face !== 'outgoing' && (
        <IconButton
          size="large"
          look={pathPanel ? 'stage-off' : 'stage'}
          label={t('call.path')}
          keys="Ctrl I"
          aria-expanded={pathPanel}
          data-testid="path-panel-toggle"
          icon={<Route size={22} />}
          onClick={togglePath}
        />
      )}
      <IconButton
        size="large"
        look="danger"
        label={t(face === 'outgoing' ? 'call.cancel' : 'call.hangUp')}
        data-testid="hang-up"
        icon={<PhoneOff size={24} />}
        className="w-18!"
        onClick={() => callId !== undefined && void hangUp(callId)}
      />
    </div>
  );
});
