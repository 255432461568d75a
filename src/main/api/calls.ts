import type { CallSnapshot } from '../../shared/call.ts';
import type { Engine } from '../engine/index.ts';
import { refusable } from './failures.ts';
import type { Implementer } from './implementer.ts';
import { MediaEnd } from './media-end.ts';
import { type Pace, watch } from './watch.ts';

type CallWord = { readonly call: CallSnapshot | null };

/** What the media end and the person act on comes at once; how the path does, counts and the time line can wait for the eye. */
const CALL_PACE: Pace<CallWord> = {
  intervalMs: 150,
  mayWait: ({ call: before }, { call: now }) =>
    before !== null && now !== null && essence(before) === essence(now),
};

function essence({ id, phase, end, maySendMedia, peerMedia, endpoint, path }: CallSnapshot): string {
  const { microphone, camera } = peerMedia;
  const ends = [endpoint?.id, endpoint?.described, endpoint?.remote?.sdp.length];
  return [id, phase, end, maySendMedia, microphone, camera, ...ends, path.state, path.active?.kind].join(' ');
}

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
            if (mediaEnd.leavesReady(page)) calls.readyAnswer(undefined);
            calls.off('changed', changed);
          };
        },
        signal,
        CALL_PACE,
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
    readyAnswer: on.readyAnswer.handler(({ input: { answer }, context: page }) =>
      refusable(() => {
        if (mediaEnd.hasReady(page, answer?.endpointId)) calls.readyAnswer(answer ?? undefined);
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
