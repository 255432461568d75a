/** What a check says: a verdict, one plain sentence, and one thing to do where it is not good. Sentences are keys of the locales. */
import type { NetworkState, ServerState } from '../../shared/app.ts';
import type { NetworkReport } from '../../shared/network.ts';

export type Verdict = 'good' | 'note' | 'bad' | 'pending' | 'untested';

/** A key of the locales with what goes into its sentence. Never an address: reports are handed on without them. */
export interface Sentence {
  readonly key: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

export interface Check {
  readonly verdict: Verdict;
  readonly words: Sentence;
  /** What a person can do about it. */
  readonly remedy?: Remedy;
}

export interface Remedy extends Sentence {
  /** It is done in Byway's own settings. */
  readonly inSettings?: boolean;
}

const IN_SETTINGS: ReadonlySet<string> = new Set(['server', 'serverAddress', 'askRouter']);

/** Everything that the checks look at. */
export interface Evidence {
  readonly network: NetworkState;
  readonly report: NetworkReport;
  readonly server: ServerState;
  /** A setting: calls are to go through carriers alone. */
  readonly hidesAddress: boolean;
}

/** A check whose sentence and remedy stand under `diagnostics`. */
export function check(
  verdict: Verdict,
  words: string,
  remedy?: string,
  values?: Readonly<Record<string, string | number>>,
): Check {
  return {
    verdict,
    words: { key: `diagnostics.${words}`, ...(values && { values }) },
    ...(remedy !== undefined && {
      remedy: { key: `diagnostics.remedy.${remedy}`, inSettings: IN_SETTINGS.has(remedy) },
    }),
  };
}
