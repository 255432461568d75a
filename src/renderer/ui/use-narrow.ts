import { useSyncExternalStore } from 'react';
import { NARROW_WIDTH_PX } from '../app/constants.ts';

const query = () => window.matchMedia(`(width < ${NARROW_WIDTH_PX}px)`);

function subscribe(changed: () => void): () => void {
  const media = query();
  media.addEventListener('change', changed);
  return () => media.removeEventListener('change', changed);
}

/** Whether list and detail do not fit side by side. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query().matches);
}
