import { describe, expect, it } from 'vitest';
import { levelOf } from './level.ts';
import { captureProblem } from './problems.ts';

describe('why a device cannot be used', () => {
  it.each([
    ['NotAllowedError', 'denied'],
    ['NotFoundError', 'none'],
    ['OverconstrainedError', 'none'],
    ['NotReadableError', 'in-use'],
    ['AbortError', 'in-use'],
    ['SomethingNewError', 'failed'],
  ])('%s', (name, problem) => {
    expect(captureProblem(new DOMException('', name))).toBe(problem);
  });

  it('is never an exception of its own', () => {
    expect(captureProblem(undefined)).toBe('failed');
  });
});

describe('the level of a microphone', () => {
  it('is empty for silence, full for a shout, and between for a voice', () => {
    expect(levelOf(new Float32Array(256))).toBe(0);
    expect(levelOf(new Float32Array(256).fill(0.9))).toBe(1);
    const voice = levelOf(new Float32Array(256).fill(0.03));
    expect(voice).toBeGreaterThan(0.4);
    expect(voice).toBeLessThan(0.7);
  });
});
