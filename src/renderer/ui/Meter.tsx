import { useEffect, useState } from 'react';
import { followLevel } from '../media/level.ts';

/** A bar that moves with the voice. */
export function Meter({ track, label }: { track: MediaStreamTrack | null; label: string }) {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    setLevel(0);
    return track === null ? undefined : followLevel(track, setLevel);
  }, [track]);
  return (
    <div className="w-full">
      <meter className="sr-only" aria-label={label} min={0} max={100} value={Math.round(level * 100)} />
      <div className="h-2.5 w-full overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        <div
          className="h-full origin-left rounded-full bg-good transition-transform duration-75"
          style={{ transform: `scaleX(${level})` }}
        />
      </div>
    </div>
  );
}
