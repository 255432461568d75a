import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallSnapshot } from '../../shared/call.ts';
import { call } from '../gallery/fixtures.ts';
import { mediaStore } from '../media/store.ts';
import { CONVERSATION_LATEST_MS } from './constants.ts';
import { hearCall, heardStore } from './follow.ts';
import { callStore } from './store.ts';

const heard: (CallSnapshot | null)[] = [];
const word = (phase: CallSnapshot['phase'], id = 'one') => call(phase, { id });
const shown = () => callStore.getState().call?.phase;

heardStore.subscribe(({ call: each }) => heard.push(each));

beforeEach(() => {
  vi.useFakeTimers();
  heard.length = 0;
  mediaStore.setState({ connected: false, remotePicture: false });
  hearCall(null);
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the engine's word on a call", () => {
  it('is heard by the media at once, and a ring and an end are on the screen at once', () => {
    for (const phase of ['calling', 'ringing', 'ended'] as const) {
      hearCall(word(phase));
      expect(heard.at(-1)?.phase).toBe(phase);
      expect(shown()).toBe(phase);
    }
  });

  it('lets the screen wait with a conversation that is not connected yet, the newest word, until the first picture', () => {
    hearCall(word('incoming'));
    hearCall(word('connecting'));
    expect(heard.at(-1)?.phase).toBe('connecting');
    hearCall(word('active'));
    mediaStore.setState({ connected: true });
    expect(shown()).toBe('incoming');
    mediaStore.setState({ remotePicture: true });
    expect(shown()).toBe('active');
  });

  it('waits no longer than its time', () => {
    hearCall(word('ringing'));
    hearCall(word('active'));
    vi.advanceTimersByTime(CONVERSATION_LATEST_MS - 1);
    expect(shown()).toBe('ringing');
    vi.advanceTimersByTime(1);
    expect(shown()).toBe('active');
  });

  it('waits for nothing where both ends are connected, the call ends, or another one comes', () => {
    mediaStore.setState({ connected: true });
    hearCall(word('ringing'));
    hearCall(word('active'));
    expect(shown()).toBe('active');
    hearCall(null);

    mediaStore.setState({ connected: false });
    hearCall(word('ringing'));
    hearCall(word('active'));
    hearCall(word('ended'));
    expect(shown()).toBe('ended');

    hearCall(word('ringing'));
    hearCall(word('active'));
    hearCall(word('incoming', 'two'));
    expect(callStore.getState().call?.id).toBe('two');
    vi.advanceTimersByTime(CONVERSATION_LATEST_MS);
    expect(shown()).toBe('incoming');
  });
});
