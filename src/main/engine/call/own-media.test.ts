import { describe, expect, it } from 'vitest';
import { OwnMedia } from './own-media.ts';

const both = { microphone: true, camera: true };
const sound = { microphone: true, camera: false };

describe('what is shown of our own devices', () => {
  it('is no news where the invitation or the answer has said it', () => {
    const own = new OwnMedia('video');
    own.become({ ...both });
    expect(own.takeNews()).toBeUndefined();
    own.beginWith('audio');
    own.become({ ...sound });
    expect(own.takeNews()).toBeUndefined();
  });

  it('is news once, and again when it changes back', () => {
    const own = new OwnMedia('video');
    own.become(sound);
    expect(own.takeNews()).toEqual(sound);
    expect(own.takeNews()).toBeUndefined();
    own.become(both);
    expect(own.takeNews()).toEqual(both);
  });
});
