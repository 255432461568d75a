import { Phone, PhoneOff, ShieldAlert, Video } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot } from '../../shared/call.ts';
import { classes } from '../ui/classes.ts';
import { answerCall, declineCall } from './actions.ts';
import { Ripples } from './Ripples.tsx';

/** It rings here. */
export function Incoming({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation();
  const { name, userId, isContact } = call.peer;
  return (
    <section
      data-testid="incoming-call"
      aria-label={t('call.phase.incomingVideo')}
      className="relative flex grow flex-col items-center justify-center gap-8 px-6 py-10 text-center"
    >
      <Ripples userId={userId} name={name} />
      <div role="alert" className="max-w-full">
        <p className="text-ink-soft" data-testid="call-phase" data-phase={call.phase}>
          {t(call.media === 'video' ? 'call.phase.incomingVideo' : 'call.phase.incomingAudio')}
        </p>
        <h1 className="mt-1 text-2xl font-semibold tracking-tight break-words">{name}</h1>
        {!isContact && (
          <p
            className="mx-auto mt-4 flex max-w-sm items-start gap-2.5 rounded-2xl bg-warn-soft px-4 py-3 text-left text-warn-ink"
            data-testid="stranger"
          >
            <ShieldAlert size={18} className="mt-0.5 shrink-0" />
            {t('call.stranger')}
          </p>
        )}
      </div>
      <div className="flex w-full max-w-md items-start justify-evenly">
        <Answer
          label={t('call.decline')}
          testId="decline"
          icon={<PhoneOff size={26} />}
          colour="bg-danger text-on-danger hover:bg-danger-hover"
          onClick={() => void declineCall(call.id)}
        />
        <Answer
          label={t('call.answerAudio')}
          testId="answer-audio"
          icon={<Phone size={25} />}
          colour={
            call.media === 'audio'
              ? 'bg-accent text-on-accent hover:bg-accent-hover'
              : 'bg-white/14 text-ink hover:bg-white/22'
          }
          onClick={() => void answerCall(call.id, 'audio')}
        />
        <Answer
          label={t('call.answerVideo')}
          testId="answer-video"
          icon={<Video size={27} />}
          colour={
            call.media === 'video'
              ? 'bg-accent text-on-accent hover:bg-accent-hover'
              : 'bg-white/14 text-ink hover:bg-white/22'
          }
          onClick={() => void answerCall(call.id, 'video')}
        />
      </div>
    </section>
  );
}

interface AnswerProps {
  label: string;
  testId: string;
  icon: ReactNode;
  colour: string;
  onClick(): void;
}

function Answer({ label, testId, icon, colour, onClick }: AnswerProps) {
  return (
    <button
      type="button"
      data-testid={testId}
      onClick={onClick}
      className="group flex w-24 flex-col items-center gap-2.5 rounded-2xl outline-offset-4"
    >
      <span
        className={classes('flex size-16 items-center justify-center rounded-full transition-colors', colour)}
      >
        {icon}
      </span>
      <span className="text-sm text-ink-soft">{label}</span>
    </button>
  );
}
