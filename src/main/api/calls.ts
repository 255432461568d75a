import type { Engine } from '../engine/index.ts';
import { refusable } from './failures.ts';
import type { Implementer } from './implementer.ts';
import { MediaEnd } from './media-end.ts';
import { watch } from './watch.ts';

export function callHandlers(on: Implementer['calls'], { calls }: Engine) {
  const mediaEnd = new MediaEnd();
  return {
    watch: on.watch.handler(({ signal, context: page }) =>
      watch(
        () => ({ call: mediaEnd.seenBy(page, calls.current) }),
        (changed) => {
          mediaEnd.watches(page);
          calls.on('changed', changed);
          return () => {
            mediaEnd.watchesNoMore(page);
            calls.off('changed', changed);
          };
        },
        signal,
      ),
    ),
    place: on.place.handler(({ input: { userId, media, offer }, context: page }) =>
      refusable(() => {
        const callId = calls.place(userId, media, offer);
        if (offer) mediaEnd.isWith(page, offer.endpointId);
        return { callId };
      }),
    ),
    answer: on.answer.handler(({ input }) => refusable(() => calls.answer(input.callId, input.media))),
    decline: on.decline.handler(({ input }) => refusable(() => calls.decline(input.callId))),
    hangUp: on.hangUp.handler(({ input }) => refusable(() => calls.hangUp(input.callId))),
    dismiss: on.dismiss.handler(({ input }) => refusable(() => calls.dismiss(input.callId))),
    describe: on.describe.handler(({ input, context: page }) =>
      refusable(() => {
        calls.describe(input.callId, input.endpointId, input.description);
        mediaEnd.isWith(page, input.endpointId);
      }),
    ),
    remakeEndpoint: on.remakeEndpoint.handler(({ input, context: page }) =>
      refusable(() => {
        if (mediaEnd.isElsewhere(page, input.endpointId)) return;
        calls.remakeEndpoint(input.callId, input.endpointId);
      }),
    ),
    mediaEvent: on.mediaEvent.handler(({ input, context: page }) =>
      refusable(() => {
        if (mediaEnd.isElsewhere(page, input.endpointId)) return;
        calls.mediaEvent(input.callId, input.endpointId, input.event);
      }),
    ),
    setMediaState: on.setMediaState.handler(({ input, context: page }) =>
      refusable(() => {
        // What it shows of its own devices is not what the other side sees and hears.
        if (mediaEnd.isElsewhere(page, calls.current?.endpoint?.id)) return;
        calls.setMediaState(input.callId, input.state);
      }),
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
    clearRecent: on.clearRecent.handler(() => refusable(() => calls.clearRecords())),
  };
}
