import { memo, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useApp } from '../app/store.ts';
import { classes } from '../ui/classes.ts';
import { media } from './current.ts';
import { useMedia } from './store.ts';

interface RemoteMediaProps {
  name: string;
  visible: boolean;
  /** Leaves room for the path panel. */
  beside: boolean;
}

/** Their sound and picture. Its elements are there before a call, so that nothing has to be made ready when one comes. */
export const RemoteMedia = memo(function RemoteMedia({ name, visible, beside }: RemoteMediaProps) {
  const { t } = useTranslation();
  const stream = useMedia((store) => store.remote);
  const sound = useMedia((store) => store.remoteSound);
  const speakerId = useApp((store) => store.state?.settings.speakerId ?? '');
  const picture = useRef<HTMLVideoElement>(null);
  const voice = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const video = picture.current;
    if (video === null) return;
    video.srcObject = stream;
    if (stream === null) return;
    const frame = video.requestVideoFrameCallback(() => media.frameSeen());
    return () => {
      video.cancelVideoFrameCallback(frame);
      video.srcObject = null;
    };
  }, [stream]);
  useEffect(() => {
    const audio = voice.current;
    if (audio === null) return;
    audio.srcObject = sound;
    if (sound === null) return;
    // A page that was loaded anew in mid-call may not play sound before its person touches it.
    const play = () => {
      if (!audio.paused) return;
      audio.play().catch((error: unknown) => console.info('Their sound does not play yet:', error));
    };
    window.addEventListener('pointerdown', play);
    window.addEventListener('keydown', play);
    return () => {
      window.removeEventListener('pointerdown', play);
      window.removeEventListener('keydown', play);
      audio.srcObject = null;
    };
  }, [sound]);
  useEffect(() => {
    const audio = voice.current;
    if (audio === null || !('setSinkId' in audio)) return;
    audio.setSinkId(speakerId).catch((error: unknown) => {
      // A speaker that is gone: the system's choice goes on playing.
      console.info('The chosen speaker is not to be had:', error);
    });
  }, [speakerId]);
  return (
    <div
      className={classes(
        'absolute inset-0',
        beside && 'min-[820px]:right-96',
        !visible && 'pointer-events-none opacity-0',
      )}
    >
      <video
        ref={picture}
        autoPlay
        playsInline
        muted
        aria-label={t('call.theirPicture', { name })}
        data-testid="remote-video"
        className="size-full object-contain"
      />
      <audio ref={voice} autoPlay data-testid="remote-audio">
        {/* The speech of a call has no captions; the element says so. */}
        <track kind="captions" />
      </audio>
    </div>
  );
});

/** The own camera, mirrored as in a mirror. Nothing without a camera. */
export function OwnPicture({ className, track }: { className?: string; track: MediaStreamTrack | null }) {
  const { t } = useTranslation();
  const element = useRef<HTMLVideoElement>(null);
  const stream = useMemo(() => (track === null ? null : new MediaStream([track])), [track]);
  useEffect(() => {
    if (element.current !== null) element.current.srcObject = stream;
  }, [stream]);
  if (stream === null) return null;
  return (
    <video
      ref={element}
      autoPlay
      playsInline
      muted
      aria-label={t('call.ownPicture')}
      data-testid="local-video"
      className={classes('-scale-x-100 object-cover', className)}
    />
  );
}
