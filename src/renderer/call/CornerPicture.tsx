import { OwnPicture } from '../media/Pictures.tsx';
import { useMedia } from '../media/store.ts';

/** The own picture in its corner, at the same place from the first ring to the end. */
export function CornerPicture() {
  const camera = useMedia((store) => store.camera.track);
  return (
    <OwnPicture
      track={camera}
      className="absolute top-20 right-4 z-10 aspect-video w-32 rounded-2xl bg-black shadow-float ring-1 ring-white/15 min-[560px]:w-44 min-[900px]:top-auto min-[900px]:right-5 min-[900px]:bottom-24 min-[900px]:w-56"
    />
  );
}
