import { MicOff, VideoOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMedia } from '../media/store.ts';

/** What our own microphone or camera cannot do, one sentence each. The call goes on without. */
export function CaptureProblems() {
  const { t } = useTranslation();
  const microphone = useMedia((store) => store.microphone.problem);
  const camera = useMedia((store) => store.camera.problem);
  if (microphone === null && camera === null) return null;
  return (
    <div role="status" className="flex max-w-md flex-col gap-2 px-4">
      {microphone !== null && (
        <p
          className="flex items-start gap-2.5 rounded-2xl bg-warn-soft/90 px-4 py-2.5 text-left text-warn-ink"
          data-testid="microphone-problem"
        >
          <MicOff size={17} className="mt-0.5 shrink-0" />
          {t(`media.problem.microphone.${microphone}`)}
        </p>
      )}
      {camera !== null && (
        <p
          className="flex items-start gap-2.5 rounded-2xl bg-warn-soft/90 px-4 py-2.5 text-left text-warn-ink"
          data-testid="camera-problem"
        >
          <VideoOff size={17} className="mt-0.5 shrink-0" />
          {t(`media.problem.camera.${camera}`)}
        </p>
      )}
    </div>
  );
}
