/** The network as the engine sees it, mirrored. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { NetworkState } from '../../shared/app.ts';
import type { NetworkReport } from '../../shared/network.ts';

export interface NetworkStore {
  network: NetworkState | null;
  report: NetworkReport | null;
}

export const networkStore = createStore<NetworkStore>(() => ({ network: null, report: null }));

export function useNetwork<Part>(select: (store: NetworkStore) => Part): Part {
  return useStore(networkStore, select);
}
