/** The rendezvous server in the middle of the laboratory's internet. */
import { type ServerProcess, startServerProcess } from '../../scripts/steps/byway-processes.ts';
import { SERVER } from './addresses.ts';
import { INTERNET } from './internet.ts';
import { within } from './namespaces.ts';

/** What the public relay is reached over. */
export const RELAYS = ['none', 'udp', 'wss'] as const;
export type Relay = (typeof RELAYS)[number];

/** Starts the built server with STUN on two addresses and two ports, as RFC 5780 wants. */
export function startServerInTheMiddle(relay: Relay): Promise<ServerProcess> {
  return startServerProcess({
    host: SERVER.address,
    port: SERVER.port,
    flags: [
      ...['--stun-alternate-host', SERVER.other, '--stun-alternate-port', String(SERVER.otherPort)],
      ...['--relay', relay],
    ],
    within: within(INTERNET),
  });
}
