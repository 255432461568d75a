/** The real outside: this machine's clock, randomness and UDP. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { constants, networkInterfaces, setPriority } from 'node:os';
import { requestHttp } from './bounded-http.ts';
import type { AddressFamily, DatagramHandler, DatagramSocket, HostAddress, Outside } from './index.ts';
import { findRouters } from './routers.ts';

/** Kernel buffers that hold about half a second of a 20 Mbit/s call, so that a busy moment of this process loses nothing. */
const SOCKET_BUFFER_BYTES = 1 << 20;

async function bind(
  family: AddressFamily,
  port: number,
  onDatagram: DatagramHandler,
  onError: (error: Error) => void,
  address?: string,
): Promise<DatagramSocket> {
  // A look-up that answers at once instead of dgram's own saved no measurable time and made round trips 2 ms longer.
  const socket = createSocket({ type: family === 'IPv4' ? 'udp4' : 'udp6', ipv6Only: family === 'IPv6' });
  const listening = once(socket, 'listening');
  socket.bind({ port, address, exclusive: true });
  try {
    await listening;
  } catch (error) {
    // What was not bound has a descriptor all the same, which nobody else would give back.
    socket.close();
    throw error;
  }
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // Some systems cap the size with an error; their own size then stays, which only costs headroom.
  }
  if (family === 'IPv4' && address !== undefined) {
    try {
      // A question to everybody goes out where the address it is asked from is, whatever the routes say.
      socket.setMulticastInterface(address);
    } catch {
      // Then it goes out where the routes lead; everything else is as before.
    }
  }
  let open = true;
  socket.on('message', (datagram, from) => {
    if (open) onDatagram(datagram, from.address, from.port);
  });
  socket.on('error', onError);
  return {
    family,
    port: socket.address().port,
    send(bytes, offset, length, toPort, toAddress, sent) {
      if (!open) {
        sent?.(new Error('socket closed'));
        return;
      }
      // A datagram that could not be sent is a lost datagram: checks and consent notice when it matters. Without a callback
      // dgram says nothing of it.
      socket.send(bytes, offset, length, toPort, toAddress, sent);
    },
    close() {
      if (!open) return;
      open = false;
      // dgram hands a datagram to the system a tick after `send`: a farewell would be dropped with a socket that closes now.
      setImmediate(() => socket.close());
    },
  };
}

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
    bind,
    hostAddresses,
    lookup: (host) => lookup(host, { all: true }),
    routers: findRouters,
    requestHttp,
  },
  scheduling: { setUrgent },
};
