import type { Engine } from '../engine/index.ts';
import { refusable } from './failures.ts';
import type { Implementer } from './implementer.ts';
import { watch } from './watch.ts';

export function callHandlers(on: Implementer['calls'], { calls }: Engine) {
  return {
    watch: on.watch.handler(({ signal }) =>
      watch(
        () => ({ call: calls.current }),
        (changed) => {
          calls.on('changed', changed);
          return () => calls.off('changed', changed);
        },
        signal,
      ),
    ),
    place: on.place.handler(({ input }) =>
      refusable(() => ({ callId: calls.place(input.userId, input.media) })),
    ),
    answer: on.answer.handler(({ input }) => refusable(() => calls.answer(input.callId, input.media))),
    decline: on.decline.handler(({ input }) => refusable(() => calls.decline(input.callId))),
    hangUp: on.hangUp.handler(({ input }) => refusable(() => calls.hangUp(input.callId))),
    dismiss: on.dismiss.handler(({ input }) => refusable(() => calls.dismiss(input.callId))),
    describe: on.describe.handler(({ input }) =>
      refusable(() => calls.describe(input.callId, input.endpointId, input.description)),
    ),
    mediaEvent: on.mediaEvent.handler(({ input }) =>
      refusable(() => calls.mediaEvent(input.callId, input.endpointId, input.event)),
    ),
    setMediaState: on.setMediaState.handler(({ input }) =>
      refusable(() => calls.setMediaState(input.callId, input.state)),
    ),
    recent: on.recent.handler(({ signal }) =>
      watch(
        () => ({ records: [...calls.records()] }),
        (changed) => {
          calls.on('recent', changed);
          return () => calls.off('recent', changed);
        },
        signal,
      ),
    ),
    clearRecent: on.clearRecent.handler(() => calls.clearRecords()),
  };
}
