interface FigureProps {
  name: string;
  value: string;
  /** What it is of, below it. */
  note?: string | undefined;
  testId: string;
}

/** A number with its name; stands in a `dl`. */
export function Figure({ name, value, note, testId }: FigureProps) {
  return (
    <div className="min-w-0 rounded-xl bg-sunken px-3 py-2">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="text-base font-semibold tabular-nums" data-testid={testId}>
        {value}
      </dd>
      {note !== undefined && <dd className="text-xs text-ink-soft tabular-nums">{note}</dd>}
    </div>
  );
}
