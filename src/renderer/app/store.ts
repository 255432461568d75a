/** The app as a whole: the engine's own state, mirrored, and where in the interface we are. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { AppState, Settings } from '../../shared/app.ts';
import type { EngineConnection } from './engine.ts';

export type View =
  | { name: 'home' }
  | { name: 'contact'; userId: string }
  | { name: 'settings' }
  | { name: 'diagnostics' }
  | { name: 'volunteer' };

export interface AppStore {
  connection: EngineConnection;
  state: AppState | null;
  view: View;
  adding: boolean;
  /** A link that was opened outside, for the dialog to start with. */
  offeredLink: string;
  palette: boolean;
  /** Codes of notices that were read and put away. */
  dismissed: readonly string[];
  /** The device check of first start comes after the name is already set. */
  welcomeStep: 'name' | 'devices' | 'done';
}

export const appStore = createStore<AppStore>(() => ({
  connection: 'connecting',
  state: null,
  view: { name: 'home' },
  adding: false,
  offeredLink: '',
  palette: false,
  dismissed: [],
  welcomeStep: 'name',
}));

export function useApp<Part>(select: (store: AppStore) => Part): Part {
  return useStore(appStore, select);
}

export function show(view: View): void {
  appStore.setState({ view, palette: false });
}

export const selectSettings = (store: AppStore): Settings | undefined => store.state?.settings;
export const selectNotices = (store: AppStore) => store.state?.notices;

/** Whether first start is still to be done: no name yet, or the device check is on screen. */
export const selectNeedsWelcome = (store: AppStore): boolean =>
  store.state !== null && (store.state.profile.name === '' || store.welcomeStep === 'devices');

/** Whether the banner about the server is due: not for the first moments of connecting. */
export const selectServerAway = (store: AppStore): boolean => {
  const state = store.state?.server.state;
  return state === 'waiting' || state === 'refused' || state === 'stopped';
};
