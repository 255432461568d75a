/** This machine as a node, mirrored; and the wish to be one. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { VolunteerState } from '../../shared/volunteer.ts';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import { appStore } from '../app/store.ts';

export const volunteerStore = createStore<{ volunteer: VolunteerState | null }>(() => ({ volunteer: null }));

export function useVolunteer(): VolunteerState | null {
  return useStore(volunteerStore, ({ volunteer }) => volunteer);
}

/** Starts or stops lending the line. Whoever has decided once is not asked again. */
export function lend(enabled: boolean): void {
  const present = appStore.getState().state?.settings.volunteer;
  if (!present) return;
  const volunteer = { ...present, enabled };
  engine().app.updateSettings({ volunteer, volunteerAsked: true }).catch(failed);
}
