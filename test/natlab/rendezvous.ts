/** The rendezvous server in the middle of the laboratory's internet. */
import { type ServerProcess, startServerProcess } from '../../scripts/steps/byway-processes.ts';
import { SERVER } from './addresses.ts';
import { INTERNET } from './internet.ts';
import { within } from './namespaces.ts';
import { startTurnServerInTheMiddle } from './turn-server.ts';

/** What the public relay is reached over; or a TURN server in its place. */
export const RELAYS = ['none', 'udp', 'wss', 'turn'] as const;
export type Relay = (typeof RELAYS)[number];

/** Starts the built server with STUN on two addresses and two ports, as RFC 5780 wants. */
export async function startServerInTheMiddle(relay: Relay): Promise<ServerProcess> {
  const turnFlags = relay === 'turn' ? await startTurnServerInTheMiddle() : [];
  return startServerProcess({
    host: SERVER.address,
    port: SERVER.port,
    flags: [
      ...['--stun-alternate-host', SERVER.other, '--stun-alternate-port', String(SERVER.otherPort)],
      ...['--relay', relay === 'turn' ? 'none' : relay],
      ...turnFlags,
    ],
    within: within(INTERNET),
  });
}
