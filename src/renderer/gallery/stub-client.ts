/** A stub of the engine for the gallery: it holds fixtures still and takes every wish without doing anything. */
import { AsyncIteratorClass } from '@orpc/client';
import type { VolunteerState } from '../../shared/volunteer.ts';
import type { EngineClient } from '../app/engine.ts';
import { appStore } from '../app/store.ts';
import { volunteerStore } from '../volunteer/store.ts';
import { contact } from './fixtures.ts';

/** A watch in which nothing ever happens. */
function still<Value>() {
  return new AsyncIteratorClass<Value, void, void>(
    () => new Promise(() => {}),
    async () => undefined,
  );
}
const nothing = async () => undefined;
const rest = (change: Pick<VolunteerState, 'state' | 'rest'>) =>
  volunteerStore.setState(({ volunteer }) => ({ volunteer: volunteer && { ...volunteer, ...change } }));

export const stubClient: EngineClient = {
  app: {
    watch: async () => still(),
    setName: nothing,
    updateSettings: async (change) => {
      appStore.setState(({ state }) => ({
        state: state === null ? null : { ...state, settings: { ...state.settings, ...change } },
      }));
    },
    reconnect: nothing,
  },
  contacts: {
    watch: async () => still(),
    add: async ({ name }) => ({ ...contact('Stub', 'waiting'), name: name ?? 'Stub' }),
    rename: nothing,
    remove: nothing,
    block: nothing,
    unblock: nothing,
    acceptRequest: async () => contact('Stub', 'mutual'),
    ignoreRequest: nothing,
  },
  calls: {
    watch: async () => still(),
    place: async () => ({ callId: 'c'.repeat(22) }),
    answer: nothing,
    decline: nothing,
    hangUp: nothing,
    dismiss: nothing,
    describe: nothing,
    readyAnswer: nothing,
    remakeEndpoint: nothing,
    mediaEvent: nothing,
    setMediaState: nothing,
    recent: async () => still(),
    clearRecent: nothing,
  },
  network: { watch: async () => still(), report: async () => still(), refresh: nothing },
  volunteer: {
    watch: async () => still(),
    pause: async ({ minutes }) => {
      rest({ state: 'resting', rest: { rule: 'paused', untilMs: Date.now() + minutes * 60_000 } });
    },
    resume: async () => rest({ state: 'offered', rest: null }),
  },
};
