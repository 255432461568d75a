/** The rendezvous server's STUN, in its own words: the pure function of the real one answers, on simulated sockets. */
import type { AddressFamily, DatagramSocket } from '../../src/main/engine/outside/index.ts';
import { answerStun } from '../../src/server/stun/answer.ts';
import { ALTERNATE_ADDRESS, ALTERNATE_PORT, CORNERS, type Corner } from '../../src/server/stun/corners.ts';
import type { Host } from './host.ts';
import type { SimulatedInternet } from './internet.ts';
import type { LinkQuality } from './link.ts';

/** RFC 8489 §18.6, and one more for RFC 5780. */
const PORT = 3_478;

export interface SimulatedStunServer {
  readonly host: Host;
  readonly address: { readonly host: string; readonly port: number };
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
  for (const family of ['IPv4', 'IPv6'] as const) {
    const own = [site.realm.nextAddress(family), site.realm.nextAddress(family)];
    addresses.push(...own);
    host.join(`${family} interface`, site.realm, own, { delayMs: 0 });
    await serve(host, family, own.slice(0, plain ? 1 : 2));
  }
  internet.nameAddresses(name, addresses);
  return { host, address: { host: name, port: PORT } };
}

async function serve(host: Host, family: AddressFamily, addresses: readonly string[]): Promise<void> {
  const sockets: DatagramSocket[] = [];
  const corners: Corner[] = [];
  for (let corner = 0; corner < (addresses.length === 1 ? 1 : CORNERS); corner++) {
    const address = addresses[corner & ALTERNATE_ADDRESS ? 1 : 0] ?? '';
    const port = corner & ALTERNATE_PORT ? PORT + 1 : PORT;
    corners.push({ address, boundAddress: address, port });
    const arrival = addresses.length === 1 ? undefined : { corners, at: corner };
    const socket = await host.outside.network.bind(
      family,
      port,
      (datagram, from, fromPort) => {
        const answer = answerStun(datagram, from, fromPort, arrival);
        if (!answer.datagram) return;
        sockets[answer.corner]?.send(answer.datagram, 0, answer.datagram.length, answer.port, from);
      },
      () => undefined,
      address,
    );
    sockets.push(socket);
  }
}
