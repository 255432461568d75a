/** Notices that were read and put away. What does not change from start to start stays away. */
import type { Notice } from '../../shared/app.ts';

/** True until the system changes: it need not be said at every start. */
const LASTING: readonly Notice['code'][] = ['secret-unprotected'];
const KEY = 'byway.dismissed';

/** What was put away for good. */
export function keptDismissed(storage: Pick<Storage, 'getItem'> = localStorage): readonly Notice['code'][] {
  const kept = storage.getItem(KEY)?.split(' ') ?? [];
  return LASTING.filter((code) => kept.includes(code));
}

/** Remembers of these what lasts. */
export function keepDismissed(
  codes: readonly string[],
  storage: Pick<Storage, 'setItem'> = localStorage,
): void {
  storage.setItem(KEY, LASTING.filter((code) => codes.includes(code)).join(' '));
}
