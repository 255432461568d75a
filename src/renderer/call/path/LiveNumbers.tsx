import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Picture } from '../../media/stats.ts';
import { selectLatest, useMedia } from '../../media/store.ts';
import { Figure } from '../../ui/Figure.tsx';
import { Plot } from '../../ui/Plot.tsx';
import { useFormat } from '../../ui/use-format.ts';

/** Round trip, loss, jitter and bitrate, now and over the last minute. */
export function LiveNumbers() {
  const { t } = useTranslation();
  const format = useFormat();
  const numbers = useMedia((store) => store.numbers);
  const latest = useMedia(selectLatest);
  const seconds = useMemo(
    () => numbers.map(({ atMs }) => (atMs - (numbers.at(-1)?.atMs ?? atMs)) / 1000),
    [numbers],
  );
  const bitrates = useMemo<[number[], number[], number[]]>(
    () => [seconds, numbers.map(({ bitrateIn }) => bitrateIn), numbers.map(({ bitrateOut }) => bitrateOut)],
    [numbers, seconds],
  );
  const roundTrips = useMemo<[number[], (number | null)[]]>(
    () => [seconds, numbers.map(({ rttMs }) => rttMs ?? null)],
    [numbers, seconds],
  );
  if (latest === undefined) return <p className="text-ink-soft">{t('path.noLive')}</p>;
  const ms = (value: number | undefined) => (value === undefined ? '–' : format.ms(value));
  return (
    <>
      <dl className="grid grid-cols-3 gap-2">
        <Figure name={t('path.rtt')} value={ms(latest.rttMs)} testId="path-rtt" />
        <Figure name={t('path.loss')} value={format.percent(latest.lossPercent)} testId="path-loss" />
        <Figure name={t('path.jitter')} value={ms(latest.jitterMs)} testId="path-jitter" />
      </dl>
      <div>
        <h4 className="mb-1 text-xs font-medium text-ink-faint">{t('path.rtt')}</h4>
        <Plot
          label={t('path.rttPlot')}
          data={roundTrips}
          colours={['--accent']}
          format={format.ms}
          heightPx={64}
        />
      </div>
      <div>
        <h4 className="mb-1 flex flex-wrap justify-between gap-x-4 text-xs font-medium text-ink-faint">
          {t('path.bitrate')}
          <span className="flex gap-3 font-normal" data-testid="path-bitrate">
            <span className="flex items-center gap-1.5">
              <span className="h-0.5 w-3 bg-accent" />
              {t('path.received')} {format.bitrate(latest.bitrateIn)}
            </span>
            <span className="flex items-center gap-1.5">
              <span className="h-0.5 w-3 bg-warn" />
              {t('path.sent')} {format.bitrate(latest.bitrateOut)}
            </span>
          </span>
        </h4>
        <Plot
          label={t('path.bitratePlot')}
          data={bitrates}
          colours={['--accent', '--warn']}
          format={format.bitrate}
        />
      </div>
      <PictureRow name={t('path.picture_in')} picture={latest.pictureIn} />
      <PictureRow name={t('path.picture_out')} picture={latest.pictureOut} />
    </>
  );
}

function PictureRow({ name, picture }: { name: string; picture: Picture | undefined }) {
  const { t } = useTranslation();
  if (picture === undefined) return null;
  const { width, height, framesPerSecond: fps, codec } = picture;
  return (
    <p className="flex justify-between gap-3">
      <span className="text-ink-faint">{name}</span>
      <span className="text-right text-ink-soft tabular-nums">
        {t('path.resolution', { width, height, fps, codec })}
      </span>
    </p>
  );
}
