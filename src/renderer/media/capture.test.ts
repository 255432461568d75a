import { afterEach, describe, expect, it, vi } from 'vitest';
import { Capture, captureOff } from './capture.ts';

const getUserMedia = vi.fn();
vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
afterEach(() => getUserMedia.mockReset());

describe('a device that was asked for together with another one', () => {
  it('is not opened any more when it was closed before the answer, which was none', async () => {
    const states: unknown[] = [];
    const camera = new Capture('camera', (state) => states.push(state));
    let answer = (_track: undefined): void => undefined;
    const opening = camera.open('', new Promise((resolve) => (answer = resolve)));

    camera.close();
    answer(undefined);
    await opening;

    expect(getUserMedia).not.toHaveBeenCalled();
    expect(states.at(-1)).toBe(captureOff);
  });
});
