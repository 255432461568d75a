/** The real outside, with a count of what is open (what is opened must be closed) and switches to take things away. */
import type { Outside, Timer } from '../../src/main/engine/outside/index.ts';
import { realOutside } from '../../src/main/engine/outside/real.ts';

export class CountingOutside {
  /** Sockets that are bound now. */
  sockets = 0;
  readonly timers = new Set<Timer>();
  /** While true no loopback port is to be had. */
  loopbackTaken = false;
  /** While true no datagram leaves for other engines or comes from them. */
  cut = false;
  readonly outside: Outside;

  constructor() {
    const { clock, network, random, scheduling } = realOutside;
    this.outside = {
      random,
      scheduling,
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
          const outward = address === undefined;
          const socket = await network.bind(
            family,
            port,
            (...datagram) => {
              if (!(this.cut && outward)) onDatagram(...datagram);
            },
            onError,
            address,
          );
          this.sockets += 1;
          let open = true;
          return {
            ...socket,
            send: (bytes, offset, length, toPort, toAddress, sent) => {
              if (this.cut && outward) sent?.(null);
              else socket.send(bytes, offset, length, toPort, toAddress, sent);
            },
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
