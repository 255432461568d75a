import { describe, expect, it } from 'vitest';
import { IdleTime } from './idle.ts';

describe('idle time', () => {
  it('is what Chromium says, once it has said anything', () => {
    const idle = new IdleTime();
    expect([idle.read(0, 40), idle.read(0, undefined), idle.read(3, 40), idle.read(0, 40)]).toEqual([
      40, 0, 3, 0,
    ]);
  });
});
