import { MicOff, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot } from '../../shared/call.ts';
import { useMedia } from '../media/store.ts';
import { Avatar } from '../ui/Avatar.tsx';
import { useFormat } from '../ui/use-format.ts';
import { useNow } from '../ui/use-now.ts';
import { CaptureProblems } from './CaptureProblems.tsx';
import { pathSentence } from './path/path-sentence.ts';
import { conversationSeconds } from './store.ts';

/** Answered: who it is, for how long, and what is wrong; their picture is behind it. */
export function Conversation({ call, pictured }: { call: CallSnapshot; pictured: boolean }) {
  const { t } = useTranslation();
  const { name, userId } = call.peer;
  const quiet = call.path.state === 'silent' || call.path.state === 'lost';
  return (
    <>
      <Head call={call} />
      <div className="relative flex min-h-0 grow flex-col items-center justify-center gap-4 px-6 text-center">
        {!pictured && (
          <>
            <Avatar userId={userId} name={name} size="huge" />
            <p className="text-ink-soft" role="status">
              {call.phase === 'connecting' && t('call.phase.connecting')}
              {call.phase === 'active' && !call.peerMedia.camera && (
                <span data-testid="peer-camera-off">{t('call.peerCameraOff', { name })}</span>
              )}
            </p>
          </>
        )}
        {quiet && (
          <p
            role="alert"
            className="absolute inset-x-4 top-2 mx-auto flex w-fit items-center gap-2.5 rounded-2xl bg-warn-soft px-4 py-2.5 text-left text-warn-ink shadow-float"
          >
            <Unplug size={17} className="shrink-0" />
            {t('call.silent')}
          </p>
        )}
      </div>
      <div className="absolute inset-x-0 bottom-24 z-10 flex justify-center">
        <CaptureProblems />
      </div>
    </>
  );
}

function Head({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(500);
  const muted = useMedia((store) => store.muted);
  const { name } = call.peer;
  const { kind } = pathSentence(call.path);
  return (
    <header className="relative z-10 flex items-start gap-3 bg-linear-to-b from-black/75 to-transparent px-5 pt-4 pb-8">
      <div className="min-w-0 grow">
        <h1 className="truncate text-lg font-semibold drop-shadow">{name}</h1>
        <p className="flex flex-wrap items-center gap-x-2 text-sm text-ink-soft drop-shadow">
          <span
            className="tabular-nums"
            data-testid="call-phase"
            data-phase={call.phase}
            aria-label={t('call.duration')}
            role="timer"
          >
            {call.phase === 'connecting'
              ? t('call.phase.connecting')
              : format.clock(conversationSeconds(call, now))}
          </span>
          {kind !== 'none' && <span>· {t(`path.kind.${kind}`)}</span>}
        </p>
      </div>
      <div className="flex flex-wrap justify-end gap-2" role="status">
        {!call.peerMedia.microphone && call.phase === 'active' && (
          <Flag icon={<MicOff size={14} />} words={t('call.peerMuted', { name })} testId="peer-muted" />
        )}
        {muted && <Flag icon={<MicOff size={14} />} words={t('call.youMuted')} testId="you-muted" />}
      </div>
    </header>
  );
}

function Flag({ icon, words, testId }: { icon: ReactNode; words: string; testId: string }) {
  return (
    <span
      data-testid={testId}
      className="flex items-center gap-1.5 rounded-full bg-black/65 px-3 py-1 text-xs text-ink"
    >
      {icon}
      {words}
    </span>
  );
}
