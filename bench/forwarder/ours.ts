/**
 * Our forwarder alone, as a volunteer's node has it: one socket, its bridges, and with `batched` the thread of its own.
 *
 *   node ours.ts batched|dgram <address> <port> <carrier> <ticket key> <kbit/s of all>    prints "ready"; SIGTERM ends it
 */

import { publicKeyFrom } from '../../src/main/engine/identity/ed25519.ts';
import type { DatagramSocket } from '../../src/main/engine/outside/index.ts';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { Channels } from '../../src/main/engine/path/channels.ts';
import type { Leg } from '../../src/main/engine/sfu/bridge.ts';
import { Bridges } from '../../src/main/engine/sfu/bridges.ts';
import { decodeStun } from '../../src/main/engine/stun/message.ts';

const [how = '', address = '', port = '', carrier = '', ticketKey = '', kbitPerS = ''] =
  process.argv.slice(2);
const { clock, network, random } = realOutside;
const key = publicKeyFrom(Buffer.from(ticketKey, 'base64url'));
const channels = new Channels(random);
const bridges = new Bridges({
  clock,
  random,
  ticketKey: () => key,
  carrier: Buffer.from(carrier, 'base64url'),
  limits: () => ({ bridges: 1_000, bridgesPerAddress: 64 }),
  totalKbitPerS: () => Number(kbitPerS),
  mayVerify: () => true,
  takeChannel: (make) => {
    let leg: Leg | undefined;
    const channel = channels.take({
      receiveFrame: (datagram, socket, from, fromPort) => {
        if (leg) bridges.forward(leg, datagram, socket, from, fromPort);
      },
    });
    leg = make(channel);
    return channel;
  },
  releaseChannel: (channel) => channels.release(channel),
});
const socket: DatagramSocket = await network.bind(
  'IPv4',
  Number(port),
  (datagram, from, fromPort) => {
    const first = datagram[0] ?? 0xff;
    if (first >= 64 && first <= 79) channels.receive(datagram, socket, from, fromPort);
    const message = first <= 3 ? decodeStun(datagram) : null;
    if (message) bridges.receive(message, { socket, address: from, port: fromPort });
  },
  (error) => {
    throw error;
  },
  address,
);
const forwarding = how === 'batched' ? await network.openForwarding?.() : undefined;
if (how === 'batched' && !forwarding) throw new Error('this system has no thread that forwards in batches');
if (forwarding) bridges.forwardThrough(forwarding);
process.once('SIGTERM', () => {
  bridges.close();
  void Promise.resolve(forwarding?.close()).then(() => process.exit(0));
});
console.log('ready');
