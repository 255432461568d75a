import { Globe, House, Laptop, Network, Server, Users } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PathSentence } from './path-sentence.ts';

interface RoutePictureProps {
  sentence: PathSentence;
  words: string;
  name: string;
}

/** Which way the line between the two goes: straight, or by way of a station. */
const station = {
  'direct-same-machine': 'same',
  'direct-local': 'local',
  'direct-internet': 'direct',
  'closed-direct': 'direct',
  sfu: 'sfu',
  'closed-sfu': 'sfu',
  relay: 'relay',
  turn: 'relay',
  'closed-relay': 'relay',
} as const;
const icons = {
  same: <House size={15} />,
  local: <Network size={15} />,
  direct: <Globe size={15} />,
  sfu: <Users size={15} />,
  relay: <Server size={15} />,
};

/** A little picture of the route. It moves only while something really travels. */
export function RoutePicture({ sentence: { words: key, kind }, words, name }: RoutePictureProps) {
  const { t } = useTranslation();
  const between = key in station ? station[key as keyof typeof station] : undefined;
  const bent = between === 'sfu' || between === 'relay';
  const flowing = kind !== 'none' && !key.startsWith('closed');
  const line = bent ? 'M36 66 C70 66 80 26 130 26 S190 66 224 66' : 'M36 48 C90 40 170 40 224 48';
  return (
    <div role="img" aria-label={t('path.picture.label', { sentence: words })} className="relative -my-2">
      <svg viewBox="0 0 260 92" className="w-full" aria-hidden="true">
        <path
          d={line}
          fill="none"
          strokeWidth="3"
          strokeLinecap="round"
          stroke={between === undefined ? 'var(--line-strong)' : 'var(--accent)'}
          strokeDasharray={flowing ? '10 6' : between === undefined ? '1 8' : '0'}
          className={flowing ? 'animate-flow' : undefined}
        />
      </svg>
      <Station x={14} y={bent ? 66 : 48} icon={<Laptop size={20} />} words={t('path.picture.you')} />
      <Station x={86} y={bent ? 66 : 48} icon={<Laptop size={20} />} words={name} />
      <span
        className="absolute flex -translate-x-1/2 -translate-y-1/2 items-center gap-1.5 rounded-full border border-line bg-raised px-2.5 py-1 text-xs text-ink-soft"
        style={{ left: '50%', top: bent ? '28%' : '46%' }}
      >
        {between !== undefined && icons[between]}
        {between === undefined ? t('path.picture.unknown') : t(`path.picture.between.${between}`)}
      </span>
    </div>
  );
}

function Station({ x, y, icon, words }: { x: number; y: number; icon: ReactNode; words: string }) {
  return (
    <span
      className="absolute flex w-20 -translate-x-1/2 -translate-y-5 flex-col items-center gap-1"
      style={{ left: `${x}%`, top: `${(y / 92) * 100}%` }}
    >
      <span className="flex size-10 items-center justify-center rounded-full bg-accent-soft text-accent-ink">
        {icon}
      </span>
      <span className="w-full truncate text-center text-xs text-ink-soft">{words}</span>
    </span>
  );
}
