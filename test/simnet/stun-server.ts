/** The rendezvous server's STUN, in its own words: the pure function of the real one answers, on simulated sockets. */
import type { AddressFamily, DatagramSocket } from '../../src/main/engine/outside/index.ts';
import { answerStun } from '../../src/server/stun/answer.ts';
import { ALTERNATE_ADDRESS, ALTERNATE_PORT, CORNERS, type Corner } from '../../src/server/stun/corners.ts';
import type { Host } from './host.ts';
import type { SimulatedInternet } from './internet.ts';
import type { LinkQuality } from './link.ts';
import { familyOf } from './packet.ts';

/** RFC 8489 §18.6, and one more for RFC 5780. */
const PORT = 3_478;

export interface SimulatedStunServer {
  readonly host: Host;
  readonly address: { readonly host: string; readonly port: number };
  /** Its IPv4 addresses, the second one for RFC 5780. */
  readonly addresses: readonly string[];
  /** From the STUN port. False for an address of a family that it has no socket of. */
  send(datagram: Buffer, address: string, port: number): boolean;
  /** Told of what is no question of STUN. */
  onOther: ((datagram: Buffer, address: string, port: number) => void) | null;
}

/** A server with two addresses of each family and two ports, or, `plain`, with one of each and no word of RFC 5780. */
export async function startStunServer(
  internet: SimulatedInternet,
  name: string,
  line: LinkQuality,
  plain = false,
): Promise<SimulatedStunServer> {
  const host = internet.host(name);
  const site = internet.site({ up: line, down: line, IPv6: 'open' });
  const addresses: string[] = [];
  const names: string[] = [];
  const first = new Map<AddressFamily, DatagramSocket>();
  const server: SimulatedStunServer = {
    host,
    address: { host: name, port: PORT },
    addresses,
    send(datagram, address, port) {
      const socket = first.get(familyOf(address));
      socket?.send(datagram, 0, datagram.length, port, address);
      return socket !== undefined;
    },
    onOther: null,
  };
  for (const family of ['IPv4', 'IPv6'] as const) {
    const own = [site.realm.nextAddress(family), site.realm.nextAddress(family)];
    if (family === 'IPv4') addresses.push(...own);
    names.push(...own);
    host.join(`${family} interface`, site.realm, own, { delayMs: 0 });
    const [socket] = await serve(server, family, own.slice(0, plain ? 1 : 2));
    if (socket) first.set(family, socket);
  }
  internet.nameAddresses(name, names);
  return server;
}

/** Its sockets of a family, in the order of the corners. */
async function serve(
  server: SimulatedStunServer,
  family: AddressFamily,
  addresses: readonly string[],
): Promise<DatagramSocket[]> {
  const sockets: DatagramSocket[] = [];
  const corners: Corner[] = [];
  for (let corner = 0; corner < (addresses.length === 1 ? 1 : CORNERS); corner++) {
    const address = addresses[corner & ALTERNATE_ADDRESS ? 1 : 0] ?? '';
    const port = corner & ALTERNATE_PORT ? PORT + 1 : PORT;
    corners.push({ address, boundAddress: address, port });
    const arrival = addresses.length === 1 ? undefined : { corners, at: corner };
    const socket = await server.host.outside.network.bind(
      family,
      port,
      (datagram, from, fromPort) => {
        const answer = answerStun(datagram, from, fromPort, arrival);
        if (!answer.datagram) {
          server.onOther?.(datagram, from, fromPort);
          return;
        }
        sockets[answer.corner]?.send(answer.datagram, 0, answer.datagram.length, answer.port, from);
      },
      () => undefined,
      address,
    );
    sockets.push(socket);
  }
  return sockets;
}
