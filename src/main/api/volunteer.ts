import type { Engine } from '../engine/index.ts';
import { refusable } from './failures.ts';
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
    pause: on.pause.handler(({ input }) => refusable(() => volunteer.pause(input.minutes))),
    resume: on.resume.handler(() => refusable(() => volunteer.resume())),
  };
}
