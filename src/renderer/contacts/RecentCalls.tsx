import { ArrowDownLeft, ArrowUpRight, Phone, PhoneMissed, Video } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { CallRecord } from '../../shared/call.ts';
import { clearRecent, placeCall } from '../call/actions.ts';
import { isMissed, useCall } from '../call/store.ts';
import { Avatar } from '../ui/Avatar.tsx';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { IconButton } from '../ui/IconButton.tsx';
import { useFormat } from '../ui/use-format.ts';
import { useNow } from '../ui/use-now.ts';
import { selectContact, useContacts } from './store.ts';

/** The calls of late, newest first. */
export function RecentCalls() {
  const { t } = useTranslation();
  const records = useCall((store) => store.records);
  if (records === null) return null;
  if (records.length === 0)
    return <p className="px-6 py-12 text-center text-ink-soft">{t('recent.empty')}</p>;
  return (
    <div className="quiet-scroll min-h-0 grow px-2 pb-3">
      <ul aria-label={t('recent.title')}>
        {records.map((record) => (
          <RecordRow key={record.id} record={record} withName />
        ))}
      </ul>
      <div className="px-2 pt-3">
        <Button look="quiet" size="small" onClick={() => void clearRecent()}>
          {t('recent.clear')}
        </Button>
      </div>
    </div>
  );
}

export function RecordRow({ record, withName }: { record: CallRecord; withName: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(30_000);
  // The name of today; that of the call for who is no contact.
  const contact = useContacts(selectContact(record.userId));
  const name = contact?.name ?? record.name;
  const missed = isMissed(record);
  const Direction = missed ? PhoneMissed : record.direction === 'incoming' ? ArrowDownLeft : ArrowUpRight;
  const words = t(missed ? 'recent.missed' : `recent.${record.direction}`);
  const duration = record.durationS > 0 ? ` · ${format.clock(record.durationS)}` : '';
  return (
    <li className="flex items-center gap-3 rounded-xl px-2.5 py-2 hover:bg-hover">
      {withName && <Avatar userId={record.userId} name={name} />}
      <div className="min-w-0 grow">
        {withName && <p className="truncate font-medium">{name}</p>}
        <p
          className={classes(
            'flex items-center gap-1.5',
            withName ? 'text-xs' : 'text-sm',
            missed ? 'text-danger-ink' : 'text-ink-soft',
          )}
        >
          <Direction size={14} className="shrink-0" aria-hidden="true" />
          <span className="truncate">
            {words}
            {duration}
          </span>
        </p>
      </div>
      <span className="text-xs text-ink-faint">{format.when(record.startedAt, now)}</span>
      {contact !== undefined && contact.state !== 'blocked' && (
        <IconButton
          size="small"
          label={t('recent.again', { name })}
          icon={record.media === 'video' ? <Video size={17} /> : <Phone size={16} />}
          onClick={() => void placeCall(record.userId, record.media)}
        />
      )}
    </li>
  );
}
