/**
 * From the engine's word on a call to the screen. The media hears it first; a conversation that begins before its two ends are connected is
 * built with the first picture, or a moment later: until then the processor is for what both sides wait for. Who lets it ring for a second never meets this.
 */
import { createStore } from 'zustand/vanilla';
import type { CallSnapshot } from '../../shared/call.ts';
import { mediaStore } from '../media/store.ts';
import { CONVERSATION_LATEST_MS } from './constants.ts';
import { callFace, callStore } from './store.ts';

/** What the engine said last, at once: for the media and the bell. The screen has `callStore`. */
export const heardStore = createStore<{ call: CallSnapshot | null }>(() => ({ call: null }));

let waiting: { call: CallSnapshot | null; timer: ReturnType<typeof setTimeout> } | undefined;

mediaStore.subscribe(({ remotePicture }) => {
  if (remotePicture) show();
});

/** What the engine says now. */
export function hearCall(call: CallSnapshot | null): void {
  heardStore.setState({ call });
  if (waiting !== undefined) {
    waiting.call = call;
    if (!mayWait(call)) show();
  } else if (mayWait(call)) {
    waiting = { call, timer: setTimeout(show, CONVERSATION_LATEST_MS) };
  } else {
    callStore.setState({ call });
  }
}

/** A ringing screen may stay while its conversation is being connected. */
function mayWait(call: CallSnapshot | null): boolean {
  const shown = callStore.getState().call;
  const rings = callFace(shown) === 'incoming' || callFace(shown) === 'outgoing';
  return (
    rings && call?.id === shown?.id && callFace(call) === 'conversation' && !mediaStore.getState().connected
  );
}

function show(): void {
  if (waiting === undefined) return;
  const { call, timer } = waiting;
  clearTimeout(timer);
  waiting = undefined;
  callStore.setState({ call });
}
