/** The call of this moment and the recent ones, mirrored from the engine. */
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { CallRecord, CallSnapshot } from '../../shared/call.ts';

export interface CallStore {
  call: CallSnapshot | null;
  records: CallRecord[] | null;
  /** Whether the path panel is open; it stays as it was from call to call. */
  pathPanel: boolean;
}

export const callStore = createStore<CallStore>(() => ({ call: null, records: null, pathPanel: false }));

export function useCall<Part>(select: (store: CallStore) => Part): Part {
  return useStore(callStore, select);
}

export const selectCall = (store: CallStore) => store.call;

/** Whether a call is on that has not ended. */
export const selectInCall = (store: CallStore): boolean =>
  store.call !== null && store.call.phase !== 'ended';

/** Which of the call's faces to show. An own decline or hang-up before any talk needs no farewell. */
export type CallFace = 'none' | 'incoming' | 'outgoing' | 'conversation' | 'farewell';

export function callFace(call: CallSnapshot | null): CallFace {
  switch (call?.phase) {
    case undefined:
      return 'none';
    case 'calling':
    case 'ringing':
      return 'outgoing';
    case 'incoming':
      return 'incoming';
    case 'connecting':
    case 'active':
      return 'conversation';
    case 'ended':
      return call.end === 'declined-here' || call.end === 'cancelled-here' ? 'none' : 'farewell';
  }
}

/** A call that came in and was never taken. */
export const isMissed = (record: CallRecord): boolean =>
  record.direction === 'incoming' &&
  record.durationS === 0 &&
  (record.end === 'no-answer-here' || record.end === 'cancelled-there' || record.end === 'peer-gone');

/** Conversation so far in whole seconds; 0 before the answer. */
export function conversationSeconds(call: CallSnapshot, nowMs: number): number {
  if (call.answeredAt === undefined) return 0;
  return Math.max(0, Math.floor(((call.endedAt ?? nowMs) - call.answeredAt) / 1000));
}
