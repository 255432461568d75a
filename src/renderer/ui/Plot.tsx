import { useEffect, useRef } from 'react';
import UPlot from 'uplot';

interface PlotProps {
  /** What it shows, for those who do not see it. */
  label: string;
  /** Seconds before now for x, one array for each line. Gaps are null. */
  data: UPlot.AlignedData;
  colours: readonly string[];
  format(value: number): string;
  heightPx?: number;
}

/** A small live line plot. Colours are CSS variables' names, read when the plot is made. */
export function Plot({ label, data, colours, format, heightPx = 84 }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const latest = useRef({ data, colours, format });
  latest.current = { data, colours, format };
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name);
    const [ink, line] = [colour('--ink-faint'), colour('--line')];
    const font = `11px ${style.fontFamily}`;
    plot.current = new UPlot(
      {
        width: Math.max(1, element.clientWidth),
        height: heightPx,
        padding: [8, 0, 8, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: [-60, 0] },
          y: { range: (_plot, _low, high) => [0, Math.max(high ?? 0, 1) * 1.15] },
        },
        axes: [
          { show: false },
          {
            size: 62,
            font,
            stroke: ink,
            space: 22,
            grid: { stroke: line, width: 1 },
            ticks: { show: false },
            values: (_plot, splits) => splits.map((value) => latest.current.format(value)),
          },
        ],
        series: [
          {},
          ...latest.current.colours.map((name) => ({
            stroke: colour(name),
            width: 2,
            points: { show: false },
          })),
        ],
      },
      latest.current.data,
      element,
    );
    const observer = new ResizeObserver(() => {
      plot.current?.setSize({ width: Math.max(1, element.clientWidth), height: heightPx });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [heightPx]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);
  return <div ref={box} role="img" aria-label={label} className="w-full" />;
}
