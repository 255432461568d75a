/** The rendezvous server in the middle of the laboratory's internet. */
import { type ServerProcess, startServerProcess } from '../../scripts/steps/byway-processes.ts';
import { SERVER } from './addresses.ts';
import { INTERNET } from './internet.ts';
import { within } from './namespaces.ts';

/** Starts the built server with STUN on two addresses and two ports, as RFC 5780 wants. */
export function startServerInTheMiddle(): Promise<ServerProcess> {
  return startServerProcess({
    host: SERVER.address,
    port: SERVER.port,
    flags: ['--stun-alternate-host', SERVER.other, '--stun-alternate-port', String(SERVER.otherPort)],
    within: within(INTERNET),
  });
}
