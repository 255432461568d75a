/** The real outside: this machine's clock, randomness and UDP. */
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { constants, networkInterfaces, setPriority } from 'node:os';
import { openForwarding } from '../forwarder/index.ts';
import { requestHttp } from './bounded-http.ts';
import type { HostAddress, Outside } from './index.ts';
import { findRouters } from './routers.ts';
import { bindUdp } from './udp-socket.ts';

function hostAddresses(): HostAddress[] {
  const found: HostAddress[] = [];
  for (const [interfaceName, addresses] of Object.entries(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) {
      found.push({ interfaceName, family, address, loopback: internal });
    }
  }
  return found;
}

/**
 * Windows lets any process do this; Linux and macOS only a privileged one, and elsewhere a call then shares the processor
 * like everybody else. On Linux it concerns this thread, the one that carries the packets.
 */
function setUrgent(urgent: boolean): void {
  const { PRIORITY_ABOVE_NORMAL, PRIORITY_NORMAL } = constants.priority;
  try {
    setPriority(urgent ? PRIORITY_ABOVE_NORMAL : PRIORITY_NORMAL);
  } catch {
    // Refused: see above.
  }
}

export const realOutside: Outside = {
  clock: {
    now: () => performance.now(),
    wallNow: () => Date.now(),
    setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  },
  random: { bytes: (length) => randomBytes(length) },
  network: {
    bind: bindUdp,
    hostAddresses,
    lookup: (host) => lookup(host, { all: true }),
    openForwarding,
    routers: findRouters,
    requestHttp,
  },
  scheduling: { setUrgent },
};
