import { useEffect, useMemo, useRef } from 'react';
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

/**
 * Their sound and picture. It is mounted for the whole call, unseen while it rings, so that nothing has to be made ready
 * when the answer comes.
 */
export function RemoteMedia({ name, visible, beside }: RemoteMediaProps) {
  const { t } = useTranslation();
  const stream = useMedia((store) => store.remote);
  const speakerId = useApp((store) => store.state?.settings.speakerId ?? '');
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (video === null) return;
    video.srcObject = stream;
    if (stream === null) return;
    const frame = video.requestVideoFrameCallback(() => media.frameSeen());
    // A page that was loaded anew in mid-call may not play sound before its person touches it.
    const play = () => {
      // It is refused where the call ends in the same moment, and by the next touch where it was too early.
      if (video.paused) video.play().catch((error: unknown) => console.info('Not played yet:', error));
    };
    window.addEventListener('pointerdown', play);
    window.addEventListener('keydown', play);
    return () => {
      video.cancelVideoFrameCallback(frame);
      window.removeEventListener('pointerdown', play);
      window.removeEventListener('keydown', play);
    };
  }, [stream]);
  useEffect(() => {
    const video = element.current;
    if (video === null || !('setSinkId' in video)) return;
    video.setSinkId(speakerId).catch((error: unknown) => {
      // A speaker that is gone: the system's choice goes on playing.
      console.info('The chosen speaker is not to be had:', error);
    });
  }, [speakerId]);
  return (
    <div
      className={classes(
        'absolute inset-0 transition-opacity',
        beside && 'min-[820px]:right-96',
        visible ? 'opacity-100' : 'opacity-0',
      )}
    >
      <video
        ref={element}
        autoPlay
        playsInline
        aria-label={t('call.theirPicture', { name })}
        data-testid="remote-video"
        className="size-full object-contain"
      >
        {/* The speech of a call has no captions; the element says so. */}
        <track kind="captions" />
      </video>
    </div>
  );
}

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
