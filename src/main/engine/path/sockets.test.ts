import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { Outside } from '../outside/index.ts';
import { realOutside } from '../outside/real.ts';
import { Sockets } from './sockets.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Sockets on loopback, of a system that refuses to bind while `refuses` is true. */
function open() {
  const system = { refuses: false };
  const { network } = realOutside;
  const outside: Outside = {
    ...realOutside,
    network: {
      ...network,
      bind: (...wanted) =>
        system.refuses ? Promise.reject(new Error('no descriptor is free')) : network.bind(...wanted),
    },
  };
  const logger = pino({ level: 'silent' });
  const sockets = new Sockets({ outside, logger, bindAddress: { IPv4: '127.0.0.1' } }, () => undefined);
  closers.push(() => sockets.close());
  return { sockets, system };
}

describe('the door for a router’s mapping', () => {
  it('is bound at the next wish when the system had no socket at the first', async () => {
    const { sockets, system } = open();
    await sockets.open();
    system.refuses = true;
    expect(await sockets.openDoor()).toBeUndefined();

    system.refuses = false;

    expect(await sockets.openDoor()).toBeDefined();
  });

  it('is bound when it was wanted before there were sockets at all', async () => {
    const { sockets } = open();
    expect(await sockets.openDoor()).toBeUndefined();

    await sockets.open();

    expect(await sockets.openDoor()).toBeDefined();
  });

  it('is one for all who want it', async () => {
    const { sockets } = open();
    await sockets.open();

    const [one, other] = await Promise.all([sockets.openDoor(), sockets.openDoor()]);

    expect(one).toBe(other);
    expect(await sockets.openDoor()).toBe(one);
  });
});
