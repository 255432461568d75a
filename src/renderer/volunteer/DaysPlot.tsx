import { useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import type { Day } from './days.ts';

interface DaysPlotProps {
  readonly label: string;
  readonly days: readonly Day[];
  bytes(value: number): string;
  date(day: string): string;
  heightPx?: number;
}

/** One bar a day, and below it what the pointer is on, else the newest. The table beside it says the same to whoever sees no bars. */
export function DaysPlot({ label, days, bytes, date, heightPx = 132 }: DaysPlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const [pointed, setPointed] = useState<number>();
  const latest = useRef({ days, bytes, date });
  latest.current = { days, bytes, date };

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new UPlot(
        optionsFor(element, heightPx, latest, setPointed),
        dataOf(latest.current.days),
        element,
      );
    };
    draw();
    const sizes = new ResizeObserver(() => {
      plot.current?.setSize({ width: Math.max(1, element.clientWidth), height: heightPx });
    });
    sizes.observe(element);
    // Colours are read when the plot is made.
    const themes = new MutationObserver(draw);
    themes.observe(document.documentElement, { attributeFilter: ['data-theme', 'lang'] });
    return () => {
      sizes.disconnect();
      themes.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [heightPx]);

  useEffect(() => {
    plot.current?.setData(dataOf(days));
  }, [days]);

  const day = pointed === undefined ? days.at(-1) : days[pointed];
  return (
    <div>
      <div ref={box} role="img" aria-label={label} className="w-full" />
      <p className="h-4 text-right text-xs text-ink-soft tabular-nums" aria-hidden="true">
        {day !== undefined && `${date(day.day)}: ${bytes(day.bytes)}`}
      </p>
    </div>
  );
}

const dataOf = (days: readonly Day[]): UPlot.AlignedData => [
  days.map((_, index) => index),
  days.map((day) => day.bytes),
];

function optionsFor(
  element: HTMLElement,
  height: number,
  latest: { readonly current: Pick<DaysPlotProps, 'days' | 'bytes' | 'date'> },
  point: (index: number | undefined) => void,
): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name);
  const [ink, line, accent] = [colour('--ink-faint'), colour('--line'), colour('--accent')];
  const font = `11px ${style.fontFamily}`;
  const bars = UPlot.paths.bars?.({ size: [0.7, 28], radius: 0.15 });
  return {
    width: Math.max(1, element.clientWidth),
    height,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: false, y: false },
    },
    hooks: { setCursor: [({ cursor }) => point(cursor.idx ?? undefined)] },
    scales: {
      x: { time: false, range: (_plot, low, high) => [low - 0.6, high + 0.6] },
      y: { range: (_plot, _low, high) => [0, Math.max(high ?? 0, 1_000) * 1.1] },
    },
    axes: [
      {
        size: 24,
        font,
        stroke: ink,
        space: 64,
        incrs: [1, 7, 14, 28],
        grid: { show: false },
        ticks: { show: false },
        values: (_plot, splits) =>
          splits.map((index) => {
            const day = latest.current.days[index];
            return day === undefined ? '' : latest.current.date(day.day);
          }),
      },
      {
        size: 62,
        font,
        stroke: ink,
        space: 30,
        grid: { stroke: line, width: 1 },
        ticks: { show: false },
        values: (_plot, splits) => splits.map((value) => latest.current.bytes(value)),
      },
    ],
    series: [{}, { fill: accent, width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) }],
  };
}
