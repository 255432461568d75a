/** This machine as a node, mirrored; and what its user asks of it. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { VolunteerSettings, VolunteerState } from '../../shared/volunteer.ts';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import { appStore, useApp } from '../app/store.ts';
import { PAUSE_MINUTES } from './constants.ts';
import { isSwitchedOn } from './standing.ts';

interface VolunteerStore {
  volunteer: VolunteerState | null;
  /** The rules as this page asked for them last, until the engine's own are seen to have changed. */
  asked: VolunteerSettings | null;
}

export const volunteerStore = createStore<VolunteerStore>(() => ({ volunteer: null, asked: null }));

export function useVolunteer(): VolunteerState | null {
  return useStore(volunteerStore, ({ volunteer }) => volunteer);
}

/** The rules as they are, or will be in a moment. */
export function useRules(): VolunteerSettings | undefined {
  const asked = useStore(volunteerStore, (store) => store.asked);
  const present = useApp((store) => store.state?.settings.volunteer);
  return asked ?? present;
}

/** Starts or stops lending the line. Whoever has decided once is not asked again. */
export function lend(enabled: boolean): void {
  void ask({ enabled }, { volunteerAsked: true });
}

/**
 * Changes some of the rules and leaves the others as they are.
 *
 * @returns whether it is kept; if not, the person was told why
 */
export function changeRules(change: Partial<VolunteerSettings>): Promise<boolean> {
  const { volunteer } = volunteerStore.getState();
  // A node that was told to serve by its start alone would stop at the first rule that is changed.
  return ask(volunteer === null ? change : { enabled: isSwitchedOn(volunteer), ...change });
}

export function pauseForAnHour(): void {
  engine().volunteer.pause({ minutes: PAUSE_MINUTES }).catch(failed);
}

export function goOn(): void {
  engine().volunteer.resume().catch(failed);
}

let underway = 0;

async function ask(
  change: Partial<VolunteerSettings>,
  beside: { volunteerAsked?: true } = {},
): Promise<boolean> {
  const present = volunteerStore.getState().asked ?? appStore.getState().state?.settings.volunteer;
  if (present === undefined) return false;
  const volunteer = { ...present, ...change };
  if (isSame(volunteer, present) && beside.volunteerAsked === undefined) return true;
  volunteerStore.setState({ asked: volunteer });
  underway++;
  try {
    await engine().app.updateSettings({ volunteer, ...beside });
    return true;
  } catch (error) {
    volunteerStore.setState({ asked: null });
    failed(error);
    return false;
  } finally {
    underway--;
  }
}

// Somebody else may change them, too: another window, or the tray.
appStore.subscribe(({ state }, before) => {
  const [present, past] = [state?.settings.volunteer, before.state?.settings.volunteer];
  if (underway === 0 && !isSame(present, past)) volunteerStore.setState({ asked: null });
});

/** Rules come anew with every word of the engine, in the order of their schema. */
function isSame(one: VolunteerSettings | undefined, other: VolunteerSettings | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
