/** A STUN server with RFC 5780 on the lab's internet; says READY when it listens, and ends with its input. */
import { startServer } from '../../../src/server/index.ts';
import { STUN_SERVER } from './addresses.ts';

const server = await startServer({
  host: STUN_SERVER.address,
  port: STUN_SERVER.port,
  stunAddresses: [{ address: STUN_SERVER.address }, { address: STUN_SERVER.ipv6 }],
  stunAlternateAddresses: [{ address: STUN_SERVER.other }],
});
process.stdin.on('end', () => void server.close());
process.stdin.resume();
process.stdout.write('READY\n');
