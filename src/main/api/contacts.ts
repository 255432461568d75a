import type { Engine } from '../engine/index.ts';
import { refusable } from './failures.ts';
import type { Implementer } from './implementer.ts';
import { watch } from './watch.ts';

export function contactHandlers(on: Implementer['contacts'], { people }: Engine) {
  return {
    watch: on.watch.handler(({ signal }) =>
      watch(
        () => people.snapshot(),
        (changed) => {
          people.on('changed', changed);
          return () => people.off('changed', changed);
        },
        signal,
      ),
    ),
    add: on.add.handler(({ input }) => refusable(() => people.add(input.link, input.name))),
    rename: on.rename.handler(({ input }) => refusable(() => people.rename(input.userId, input.name))),
    remove: on.remove.handler(({ input }) => refusable(() => people.remove(input.userId))),
    block: on.block.handler(({ input }) => refusable(() => people.block(input.userId))),
    unblock: on.unblock.handler(({ input }) => refusable(() => people.unblock(input.userId))),
    acceptRequest: on.acceptRequest.handler(({ input }) =>
      refusable(() => people.acceptRequest(input.userId)),
    ),
    ignoreRequest: on.ignoreRequest.handler(({ input }) =>
      refusable(() => people.ignoreRequest(input.userId)),
    ),
  };
}
