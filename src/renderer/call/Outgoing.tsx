import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { CaptureProblems } from './CaptureProblems.tsx';
import { Ripples } from './Ripples.tsx';

interface OutgoingProps {
  userId: string;
  name: string;
  /** It rings there. */
  rings: boolean;
}

/** We call; the own picture is in its corner already, as a last look in the mirror. */
export const Outgoing = memo(function Outgoing({ userId, name, rings }: OutgoingProps) {
  const { t } = useTranslation();
  return (
    <div className="relative flex grow flex-col items-center justify-center gap-6 px-6 text-center">
      <Ripples userId={userId} name={name} />
      <div role="status" className="max-w-full">
        <h1 className="text-2xl font-semibold tracking-tight break-words">{name}</h1>
        <p className="mt-1 text-ink-soft" data-testid="call-phase" data-phase={rings ? 'ringing' : 'calling'}>
          {t(rings ? 'call.phase.ringing' : 'call.phase.calling')}
        </p>
      </div>
      <CaptureProblems />
    </div>
  );
});
