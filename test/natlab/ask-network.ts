/**
 * A program for one machine of the laboratory: the engine's path service alone, which finds out about the network. Prints what it found as
 * one JSON object.
 */
import pino from 'pino';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { openPathService } from '../../src/main/engine/path/index.ts';
import type { FoundNetwork, NetworkQuestion } from './found-network.ts';

/** How often to look, ms. */
const POLL_MS = 5;

const { servers, limitMs, lifetime } = JSON.parse(process.argv[2] ?? '') as NetworkQuestion;
const paths = openPathService({ outside: realOutside, logger: pino({ level: 'silent' }) });
await paths.start();
const startedAtMs = performance.now();
const passedMs = () => Math.round(performance.now() - startedAtMs);
let mappingMs: number | null = null;
paths.setStunServers(servers);
for (;;) {
  const { udp, behaviour } = { udp: paths.udp(), behaviour: paths.nat.behaviour('IPv4') };
  if (behaviour?.mapping !== undefined && behaviour.allocation !== undefined) mappingMs ??= passedMs();
  const isFound = udp === 'silent' || (mappingMs !== null && !paths.nat.running);
  if (passedMs() > limitMs || (isFound && (!lifetime || udp === 'silent'))) break;
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
const report = paths.nat.report('IPv4');
const found: FoundNetwork = {
  udp: paths.udp(),
  report,
  ipv6: paths.nat.report('IPv6'),
  mappingMs,
  wholeMs: passedMs(),
};
process.stdout.write(`${JSON.stringify(found)}\n`);
await paths.close();
