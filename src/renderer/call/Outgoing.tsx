import { PhoneOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot } from '../../shared/call.ts';
import { hangUp } from './actions.ts';
import { CallControls } from './CallControls.tsx';
import { CaptureProblems } from './CaptureProblems.tsx';
import { CornerPicture } from './CornerPicture.tsx';
import { Ripples } from './Ripples.tsx';

/** We call; the own picture is in its corner already, as a last look in the mirror. */
export function Outgoing({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation();
  const { name, userId } = call.peer;
  return (
    <section className="relative flex grow flex-col">
      <div className="relative flex grow flex-col items-center justify-center gap-6 px-6 text-center">
        <Ripples userId={userId} name={name} />
        <div role="status" className="max-w-full">
          <h1 className="text-2xl font-semibold tracking-tight break-words">{name}</h1>
          <p className="mt-1 text-ink-soft" data-testid="call-phase" data-phase={call.phase}>
            {t(call.phase === 'ringing' ? 'call.phase.ringing' : 'call.phase.calling')}
          </p>
        </div>
        <CaptureProblems />
      </div>
      <CornerPicture since={call.startedAt} />
      <CallControls
        call={call}
        hangUpLabel={t('call.cancel')}
        onHangUp={() => void hangUp(call.id)}
        hangUpIcon={<PhoneOff size={24} />}
      />
    </section>
  );
}
