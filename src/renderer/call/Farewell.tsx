import { Activity, House, Phone, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallSnapshot, EndReason } from '../../shared/call.ts';
import { show } from '../app/store.ts';
import { Avatar } from '../ui/Avatar.tsx';
import { Button } from '../ui/Button.tsx';
import { useFormat } from '../ui/use-format.ts';
import { dismissCall, placeCall } from './actions.ts';
import { conversationSeconds } from './store.ts';

/** Ends after which a look at the own network may help. */
const OF_THE_NETWORK: ReadonlySet<EndReason | undefined> = new Set([
  'no-path',
  'network-gone',
  'server-unreachable',
]);

/** After the end: why, what helps, and the call again in one click. */
export function Farewell({ call }: { call: CallSnapshot }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { name, userId, isContact } = call.peer;
  const seconds = conversationSeconds(call, call.endedAt ?? call.startedAt);
  const remedy = call.end === undefined ? '' : t(`end.${call.end}.remedy`, { name });
  return (
    <section className="flex min-w-0 grow animate-rise flex-col items-center justify-center gap-6 px-6 py-8 text-center">
      <Avatar userId={userId} name={name} size="large" />
      <div role="status" className="max-w-md">
        <p className="text-ink-soft" data-testid="call-phase" data-phase="ended">
          {t('call.phase.ended')}
        </p>
        <h1
          className="mt-1 text-xl font-semibold tracking-tight"
          data-testid="call-end-reason"
          data-reason={call.end}
        >
          {call.end === undefined ? name : t(`end.${call.end}.sentence`, { name })}
        </h1>
        {call.path.obstacle !== undefined && (
          <p className="mt-2 text-ink-soft" data-testid="path-obstacle" data-obstacle={call.path.obstacle}>
            {t(`path.obstacle.${call.path.obstacle}`, { name })}
          </p>
        )}
        {remedy !== '' && <p className="mt-2 text-ink-soft">{remedy}</p>}
        {seconds > 0 && (
          <p className="mt-2 text-ink-soft">{t('call.lasted', { duration: format.clock(seconds) })}</p>
        )}
      </div>
      <div className="flex flex-col flex-wrap justify-center gap-3 min-[460px]:flex-row">
        {isContact && (
          <Button
            look="primary"
            size="large"
            data-testid="call-again"
            onClick={() => void placeCall(userId, call.media)}
          >
            {call.media === 'video' ? <Video size={19} /> : <Phone size={18} />}
            {t('call.again')}
          </Button>
        )}
        {OF_THE_NETWORK.has(call.end) && (
          <Button size="large" data-testid="check-connection" onClick={() => checkConnection(call.id)}>
            <Activity size={18} />
            {t('call.checkConnection')}
          </Button>
        )}
        <Button size="large" autoFocus data-testid="dismiss" onClick={() => void dismissCall(call.id)}>
          <House size={18} />
          {t('call.backHome')}
        </Button>
      </div>
    </section>
  );
}

function checkConnection(callId: string): void {
  show({ name: 'diagnostics' });
  void dismissCall(callId);
}
