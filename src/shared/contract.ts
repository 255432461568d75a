/**
 * What the interface may ask of the engine: one contract for both hosts (a message port under Electron, a WebSocket on
 * loopback headless). A new call across the boundary is made in three places: its schema here, its handler in
 * `main/api`, its hook in the renderer.
 *
 * `watch` procedures give the present state at once and then every change of it, whole.
 */
import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { AppState, NetworkState, Settings } from './app.ts';
import { CallRecord, CallSnapshot, EndpointId, ReadyAnswer, ReadyOffer } from './call.ts';
import { Contact, People } from './contacts.ts';
import { NetworkReport } from './network.ts';
import { VolunteerPause, VolunteerState } from './volunteer.ts';
import { CallId, Description, MediaKind, MediaState, PersonName, UserId } from './words.ts';

/** Everything that can be refused, each with one sentence in the interface that says what to do. */
export const FailureCode = z.enum([
  'LINK_UNREADABLE',
  'LINK_CHECKSUM',
  'LINK_OWN',
  'CONTACT_KNOWN',
  'CONTACT_UNKNOWN',
  'CONTACT_BLOCKED',
  'CALL_IN_PROGRESS',
  'CALL_UNKNOWN',
  'SERVER_UNREACHABLE',
  'DESCRIPTION_UNUSABLE',
  'STORE_UNWRITABLE',
  'TOO_MANY',
]);
export type FailureCode = z.infer<typeof FailureCode>;

const failures = Object.fromEntries(FailureCode.options.map((code) => [code, {}])) as Record<
  FailureCode,
  Record<never, never>
>;
const base = oc.errors(failures);
const nothing = z.void();

export const contract = {
  app: {
    watch: base.output(eventIterator(AppState)),
    setName: base.input(z.object({ name: PersonName })).output(nothing),
    updateSettings: base.input(Settings.partial()).output(nothing),
    /** Try the rendezvous server now instead of at the next back-off. */
    reconnect: base.output(nothing),
  },
  contacts: {
    watch: base.output(eventIterator(People)),
    /** Accepts a link or a spelled user ID; asks that person. */
    add: base.input(z.object({ link: z.string().max(512), name: PersonName.optional() })).output(Contact),
    rename: base.input(z.object({ userId: UserId, name: PersonName })).output(nothing),
    remove: base.input(z.object({ userId: UserId })).output(nothing),
    block: base.input(z.object({ userId: UserId })).output(nothing),
    unblock: base.input(z.object({ userId: UserId })).output(nothing),
    acceptRequest: base.input(z.object({ userId: UserId })).output(Contact),
    ignoreRequest: base.input(z.object({ userId: UserId })).output(nothing),
  },
  calls: {
    /** The call of this moment, or the one that ended last until it is dismissed. */
    watch: base.output(eventIterator(z.object({ call: CallSnapshot.nullable() }))),
    place: base
      .input(z.object({ userId: UserId, media: MediaKind, offer: ReadyOffer.optional() }))
      .output(z.object({ callId: CallId })),
    answer: base.input(z.object({ callId: CallId, media: MediaKind })).output(nothing),
    decline: base.input(z.object({ callId: CallId })).output(nothing),
    hangUp: base.input(z.object({ callId: CallId })).output(nothing),
    dismiss: base.input(z.object({ callId: CallId })).output(nothing),
    /** The renderer's own description for an endpoint the snapshot asked for. */
    describe: base
      .input(z.object({ callId: CallId, endpointId: EndpointId, description: Description }))
      .output(nothing),
    /** An endpoint for the next call that comes in, in place of the one this page told before; null where it has none. */
    readyAnswer: base.input(z.object({ answer: ReadyAnswer.nullable() })).output(nothing),
    /** The page that made the endpoint is gone, reloaded or crashed: the call goes on with a new one. */
    remakeEndpoint: base.input(z.object({ callId: CallId, endpointId: EndpointId })).output(nothing),
    /** What the renderer's media end has reached. */
    mediaEvent: base
      .input(
        z.object({
          callId: CallId,
          endpointId: EndpointId,
          event: z.enum(['connected', 'failed', 'first-audio', 'first-video']),
        }),
      )
      .output(nothing),
    setMediaState: base.input(z.object({ callId: CallId, state: MediaState })).output(nothing),
    recent: base.output(eventIterator(z.object({ records: z.array(CallRecord) }))),
    clearRecent: base.output(nothing),
  },
  network: {
    watch: base.output(eventIterator(NetworkState)),
    /** What is known of the network, as a person is told of it. */
    report: base.output(eventIterator(NetworkReport)),
    /** Ask all STUN servers again. */
    refresh: base.output(nothing),
  },
  volunteer: {
    /** This machine as a node for others. Switched by the settings. */
    watch: base.output(eventIterator(VolunteerState)),
    /** Serves nobody for a while; a pause that is on is replaced. */
    pause: base.input(VolunteerPause).output(nothing),
    /** Ends a pause. */
    resume: base.output(nothing),
  },
};
export type Contract = typeof contract;
