/**
 * node traffic.ts <own address> <other address>: one end of a stream of datagrams each way, as heavy as a call. Prints what came, and
 * how long it was under way by the machine's own monotonic clock, which all processes share.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What one end prints. */
export interface TrafficReport {
  readonly sent: number;
  readonly received: number;
  readonly inOrder: boolean;
  /** One way, ms: a hundredth of the datagrams, half, and all but a hundredth took no longer. */
  readonly delayMs: { readonly shortest: number; readonly median: number; readonly longest: number };
}

const PORT = 5_000;
const PACKET_BYTES = 1_000;
/** 2.5 Mbit/s of such packets. */
const PACKETS_PER_S = 312;
const SECONDS = 3;
/** How often some are sent, ms. */
const BEAT_MS = 10;
/** After the last one was sent: longer than any wire of the tests and than the other end may start later, ms. */
const REST_MS = 1_500;

const [own = '', other = ''] = process.argv.slice(2);
const socket = createSocket(isIPv6(own) ? 'udp6' : 'udp4');
const delays: number[] = [];
let inOrder = true;
let last = -1;
const heard = once(socket, 'message');
socket.on('message', (datagram) => {
  if (datagram.length < PACKET_BYTES) return;
  delays.push(Number(process.hrtime.bigint() - datagram.readBigUInt64BE(0)) / 1e6);
  const number = datagram.readUInt32BE(8);
  if (number <= last) inOrder = false;
  last = number;
});
socket.bind(PORT, own);
await once(socket, 'listening');

// Whoever greets is there and listens.
const greeting = setInterval(() => socket.send('hello', PORT, other), BEAT_MS);
await heard;
clearInterval(greeting);
socket.send('hello', PORT, other);

const packet = Buffer.alloc(PACKET_BYTES);
const startedAt = performance.now();
let sent = 0;
while (sent < SECONDS * PACKETS_PER_S) {
  const due = Math.floor(((performance.now() - startedAt) * PACKETS_PER_S) / 1_000);
  for (; sent < due; sent++) {
    packet.writeBigUInt64BE(process.hrtime.bigint(), 0);
    packet.writeUInt32BE(sent, 8);
    socket.send(Buffer.from(packet), PORT, other);
  }
  await delay(BEAT_MS);
}
await delay(REST_MS);
socket.close();
delays.sort((a, b) => a - b);
const share = (part: number) => Number((delays[Math.floor(delays.length * part)] ?? Number.NaN).toFixed(2));
const report: TrafficReport = {
  sent,
  received: delays.length,
  inOrder,
  delayMs: { shortest: share(0.01), median: share(0.5), longest: share(0.99) },
};
process.stdout.write(`${JSON.stringify(report)}\n`);
