/** The real outside, with a count of what is open (what is opened must be closed) and switches to take things away. */
import type { DatagramSocket, Outside, Timer } from '../../src/main/engine/outside/index.ts';
import { realOutside } from '../../src/main/engine/outside/real.ts';

export class CountingOutside {
  /** Sockets that are bound now. */
  sockets = 0;
  /** Threads that forward now. */
  forwarders = 0;
  /** False where there shall be none, as on systems that have none. */
  forwards = true;
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
          // The socket itself is handed on, for a forwarder may want to read it.
          const send = socket.send.bind(socket);
          const close = socket.close.bind(socket);
          return Object.assign(socket, {
            send: (
              ...[bytes, offset, length, toPort, toAddress, sent]: Parameters<DatagramSocket['send']>
            ) => {
              if (this.cut && outward) sent?.(null);
              else send(bytes, offset, length, toPort, toAddress, sent);
            },
            close: () => {
              if (open) this.sockets -= 1;
              open = false;
              close();
            },
          });
        },
        openForwarding: async () => {
          const forwarding = this.forwards ? await network.openForwarding?.() : undefined;
          if (!forwarding) return undefined;
          this.forwarders += 1;
          const close = forwarding.close.bind(forwarding);
          let open = true;
          return Object.assign(forwarding, {
            close: async () => {
              if (open) this.forwarders -= 1;
              open = false;
              await close();
            },
          });
        },
      },
    };
  }
}
