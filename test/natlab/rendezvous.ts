/** The rendezvous server in the middle of the laboratory's internet. */
import { type ServerProcess, startServerProcess } from '../../scripts/steps/byway-processes.ts';
import { SERVER, SERVER_IPV6 } from './addresses.ts';
import { INTERNET } from './internet.ts';
import { within } from './namespaces.ts';
import { startTurnServerInTheMiddle } from './turn-server.ts';

/** What the public relay is reached over; or a TURN server in its place. */
export const RELAYS = ['none', 'udp', 'wss', 'turn'] as const;
export type Relay = (typeof RELAYS)[number];

/**
 * Starts the built server with STUN on two addresses and two ports, as RFC 5780 wants, and on two of IPv6 where there is any. All else is
 * IPv4's: whoever has no IPv6 is to reach it too.
 */
export async function startServerInTheMiddle(relay: Relay, withIpv6 = false): Promise<ServerProcess> {
  const ipv6 = [
    ...['--stun-host', SERVER.address, '--stun-host', SERVER_IPV6.address],
    ...['--stun-alternate-host', SERVER_IPV6.other],
  ];
  const turnFlags = relay === 'turn' ? await startTurnServerInTheMiddle() : [];
  return startServerProcess({
    host: SERVER.address,
    port: SERVER.port,
    flags: [
      ...['--stun-alternate-host', SERVER.other, '--stun-alternate-port', String(SERVER.otherPort)],
      ...(withIpv6 ? ipv6 : []),
      ...['--relay', relay === 'turn' ? 'none' : relay],
      ...turnFlags,
    ],
    within: within(INTERNET),
  });
}
