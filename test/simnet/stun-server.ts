/** The rendezvous server's STUN, in its own words: the pure function of the real one answers, on simulated sockets. */
import { answerStun } from '../../src/server/stun/answer.ts';
import type { Host } from './host.ts';
import type { SimulatedInternet } from './internet.ts';
import type { LinkQuality } from './link.ts';

/** RFC 8489 §18.6, and one more for RFC 5780. */
const PORTS = [3_478, 3_479] as const;

export interface SimulatedStunServer {
  readonly host: Host;
  readonly address: { readonly host: string; readonly port: number };
}

/** A server with two IPv4 addresses and two ports, and an IPv6 address. */
export async function startStunServer(
  internet: SimulatedInternet,
  name: string,
  line: LinkQuality,
): Promise<SimulatedStunServer> {
  const host = internet.host(name);
  const site = internet.site({
    up: line,
    down: line,
    IPv6: 'open',
  });
  const addresses = [
    site.realm.nextAddress('IPv4'),
    site.realm.nextAddress('IPv4'),
    site.realm.nextAddress('IPv6'),
  ];
  host.join('eth0', site.realm, addresses, { delayMs: 0 });
  for (const address of addresses) {
    for (const port of PORTS) await serve(host, address, port);
  }
  internet.nameAddresses(name, addresses);
  return { host, address: { host: name, port: PORTS[0] } };
}

async function serve(host: Host, address: string, port: number): Promise<void> {
  const socket = await host.outside.network.bind(
    address.includes(':') ? 'IPv6' : 'IPv4',
    port,
    (datagram, from, fromPort) => {
      const { datagram: answer } = answerStun(datagram, from, fromPort);
      if (answer) socket.send(answer, 0, answer.length, fromPort, from);
    },
    () => undefined,
    address,
  );
}
