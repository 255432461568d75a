import type { Engine } from '../engine/index.ts';
import type { Implementer } from './implementer.ts';
import { watch } from './watch.ts';

export function volunteerHandlers(on: Implementer['volunteer'], { volunteer }: Engine) {
  return {
    watch: on.watch.handler(({ signal }) =>
      watch(
        () => volunteer.state(),
        (changed) => {
          volunteer.on('changed', changed);
          return () => volunteer.off('changed', changed);
        },
        signal,
      ),
    ),
  };
}
