import { useEffect, useState } from 'react';
import { OwnPicture } from '../media/Pictures.tsx';
import { useMedia } from '../media/store.ts';
import { MIRROR_AFTER_MS } from './constants.ts';

/**
 * The own picture in its corner, at the same place from the first ring to the end.
 *
 * @param since when the call began, ms since 1970
 */
export function CornerPicture({ since }: { since: number }) {
  const camera = useMedia((store) => store.camera.track);
  const [isTime, setIsTime] = useState(() => Date.now() - since >= MIRROR_AFTER_MS);
  useEffect(() => {
    if (isTime) return;
    const timer = setTimeout(() => setIsTime(true), MIRROR_AFTER_MS);
    return () => clearTimeout(timer);
  }, [isTime]);
  if (!isTime) return null;
  return (
    <OwnPicture
      track={camera}
      className="absolute top-20 right-4 z-10 aspect-video w-32 rounded-2xl bg-black shadow-float ring-1 ring-white/15 min-[560px]:w-44 min-[900px]:top-auto min-[900px]:right-5 min-[900px]:bottom-24 min-[900px]:w-56"
    />
  );
}
