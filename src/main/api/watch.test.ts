import { describe, expect, it } from 'vitest';
import { watch } from './watch.ts';

function source(initial: number) {
  const listeners = new Set<() => void>();
  let value = initial;
  return {
    listeners,
    read: () => value,
    subscribe: (changed: () => void) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    set(next: number) {
      value = next;
      for (const listener of listeners) listener();
    },
  };
}

describe('watch', () => {
  it('gives the present state at once and each later one', async () => {
    const numbers = source(1);
    const states = watch(numbers.read, numbers.subscribe, undefined);
    expect((await states.next()).value).toBe(1);
    const next = states.next();
    numbers.set(2);
    expect((await next).value).toBe(2);
    await states.return();
  });

  it('folds changes that come faster than they are read into one, the newest', async () => {
    const numbers = source(1);
    const states = watch(numbers.read, numbers.subscribe, undefined);
    await states.next();
    numbers.set(2);
    numbers.set(3);
    expect((await states.next()).value).toBe(3);
    const later = states.next();
    numbers.set(4);
    expect((await later).value).toBe(4);
    await states.return();
  });

  it('holds back what can wait until its time, and nothing else', async () => {
    const numbers = source(10);
    const pace = {
      intervalMs: 60_000,
      mayWait: (before: number, now: number) => before - (before % 10) === now - (now % 10),
    };
    const away = new AbortController();
    const states = watch(numbers.read, numbers.subscribe, away.signal, pace);
    await states.next();
    const next = states.next();
    let came = false;
    void next.then(() => {
      came = true;
    });
    numbers.set(11);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(came).toBe(false);
    numbers.set(20);
    expect((await next).value).toBe(20);
    const last = states.next();
    numbers.set(21);
    away.abort();
    expect((await last).done).toBe(true);
    expect(numbers.listeners.size).toBe(0);
  });

  it('gives what was held back, the newest, once its time has come', async () => {
    const numbers = source(1);
    const states = watch(numbers.read, numbers.subscribe, undefined, { intervalMs: 30, mayWait: () => true });
    await states.next();
    numbers.set(2);
    const next = states.next();
    numbers.set(3);
    expect((await next).value).toBe(3);
    await states.return();
  });

  it('ends and unsubscribes when the interface goes away, also while it waits', async () => {
    const numbers = source(1);
    const away = new AbortController();
    const states = watch(numbers.read, numbers.subscribe, away.signal);
    await states.next();
    const waiting = states.next();
    away.abort();
    expect((await waiting).done).toBe(true);
    expect(numbers.listeners.size).toBe(0);
  });
});
