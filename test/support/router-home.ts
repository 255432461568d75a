/** A home for a test: routers and apps that are gone when it is over, with nothing left open. */
import { expect } from 'vitest';
import type { Clock, Outside } from '../../src/main/engine/outside/index.ts';
import { AskingApp } from '../../src/main/engine/router/testing/asking-app.ts';
import { IgdRouter } from '../../src/main/engine/router/testing/igd-router.ts';
import { PortControlRouter } from '../../src/main/engine/router/testing/port-control-router.ts';
import { CountingOutside } from './counting-outside.ts';

/** Time that passes five times as quickly: for waiting until somebody is given up. */
export function hurried(real: Clock): Clock {
  return {
    ...real,
    now: () => real.now() * 5,
    setTimer: (callback, delayMs) => real.setTimer(callback, delayMs / 5),
  };
}

export class Home {
  readonly #closers: (() => Promise<void>)[] = [];

  async portControl(): Promise<PortControlRouter> {
    const router = await PortControlRouter.open();
    this.later(() => router.close());
    return router;
  }

  async gateway(): Promise<IgdRouter> {
    const router = await IgdRouter.open();
    this.later(() => router.close());
    return router;
  }

  /** An app that asks. At the end, what it opened must be closed. */
  app(ports: { portControl?: number; ssdp?: number }, clock = (real: Clock) => real): AskingApp {
    const counting = new CountingOutside();
    const outside: Outside = { ...counting.outside, clock: clock(counting.outside.clock) };
    const asking = new AskingApp(ports, outside);
    this.later(async () => {
      await asking.mappings.close();
      expect({ sockets: counting.sockets, timers: counting.timers.size }).toEqual({ sockets: 0, timers: 0 });
    });
    asking.mappings.start();
    return asking;
  }

  /** Does it when the test is over, the last one first. */
  later(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}
