/** The real outside, with a count of what is open: what is opened must be closed. */
import type { Outside, Timer } from '../../src/main/engine/outside/index.ts';
import { realOutside } from '../../src/main/engine/outside/real.ts';

export class CountingOutside {
  /** Sockets that are bound now. */
  sockets = 0;
  readonly timers = new Set<Timer>();
  /** While true no loopback port is to be had. */
  loopbackTaken = false;
  readonly outside: Outside;

  constructor() {
    const { clock, network, random } = realOutside;
    this.outside = {
      random,
      clock: {
        ...clock,
        setTimer: (callback, delayMs) => {
          const timer = clock.setTimer(() => {
            this.timers.delete(timer);
            callback();
          }, delayMs);
          this.timers.add(timer);
          return timer;
        },
        clearTimer: (timer) => {
          this.timers.delete(timer);
          clock.clearTimer(timer);
        },
      },
      network: {
        ...network,
        bind: async (family, port, onDatagram, onError, address) => {
          if (address !== undefined && this.loopbackTaken) throw new Error('no port is free');
          const socket = await network.bind(family, port, onDatagram, onError, address);
          this.sockets += 1;
          let open = true;
          return {
            ...socket,
            close: () => {
              if (open) this.sockets -= 1;
              open = false;
              socket.close();
            },
          };
        },
      },
    };
  }
}
