import { useCallback, useEffect, useRef, useState } from 'react';
import { SETTLE_MS } from './constants.ts';

/** What was typed, understood; or one sentence that says what is wrong with it. */
export type Read<Value> = { value: Value } | { problem: string };

interface DraftOptions<Draft, Value> {
  /** What is kept now, as it would be typed. */
  kept: Draft;
  read(draft: Draft): Read<Value>;
  /** Resolves to whether it was kept. */
  keep(value: Value): Promise<boolean>;
}

/**
 * Something that is being typed. It is kept when the person has done with it: `settle` is called, nothing was typed for `SETTLE_MS`, or the
 * page goes away. What cannot be kept stays as it was typed.
 */
export function useDraft<Draft, Value>({ kept, read, keep }: DraftOptions<Draft, Value>) {
  const [draft, setDraft] = useState<{ typed: Draft }>();
  const [problem, setProblem] = useState<string>();
  const latest = useRef({ draft, read, keep });
  latest.current = { draft, read, keep };

  const settle = useCallback(() => {
    const { draft, read, keep } = latest.current;
    if (draft === undefined) return;
    const understood = read(draft.typed);
    if ('problem' in understood) {
      setProblem(understood.problem);
      return;
    }
    setProblem(undefined);
    void keep(understood.value).then((isKept) => {
      if (isKept && latest.current.draft === draft) setDraft(undefined);
    });
  }, []);

  useEffect(() => {
    if (draft === undefined) return;
    const timer = setTimeout(settle, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [draft, settle]);

  useEffect(() => {
    window.addEventListener('pagehide', settle);
    return () => {
      window.removeEventListener('pagehide', settle);
      settle();
    };
  }, [settle]);

  const edit = useCallback((typed: Draft) => {
    const next = { typed };
    // Whoever settles in the same moment means this.
    latest.current = { ...latest.current, draft: next };
    setDraft(next);
    setProblem(undefined);
  }, []);

  return { shown: draft === undefined ? kept : draft.typed, problem, edit, settle };
}
