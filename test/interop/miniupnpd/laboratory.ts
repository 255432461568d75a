/** Run in an enclosure: asks miniupnpd for mappings by each protocol, and says what came of it as one JSON object. */
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import type { AddressFamily, NetworkRouter } from '../../../src/main/engine/outside/index.ts';
import { realOutside } from '../../../src/main/engine/outside/real.ts';
import { openPathService } from '../../../src/main/engine/path/index.ts';
import { PORT_CONTROL_PORT, SSDP_PORT } from '../../../src/main/engine/router/constants.ts';
import { NatPmp } from '../../../src/main/engine/router/nat-pmp.ts';
import { Pcp } from '../../../src/main/engine/router/pcp.ts';
import { PortControl } from '../../../src/main/engine/router/port-control.ts';
import type { MappingProtocol } from '../../../src/main/engine/router/types.ts';
import { UpnpIgd } from '../../../src/main/engine/router/upnp-igd.ts';
import { ipToBytes } from '../../../src/main/engine/stun/ip.ts';
import { furnishEnclosure } from '../../natlab/enclosure.ts';
import { HOST, ROUTER, STUN_SERVER } from './addresses.ts';
import { buildHome, knock, routerRules, startMiniupnpd, startStunServer } from './home-router.ts';
import type { LabResult, ProtocolResult, ServiceResult } from './result.ts';

/** Nothing that goes well takes longer, ms. */
const LIMIT_MS = 60_000;
const STEP_LIMIT_MS = 10_000;
/** How long a datagram that must not arrive is waited for, ms. */
const SILENCE_MS = 300;
/** How nft shows a rule of miniupnpd's for our IPv6 address: it compares 128 bits of the header. */
const PINHOLE = `0x${ipToBytes(HOST.ipv6)?.toString('hex')}`;

const logger = pino({ level: process.env.BYWAY_TEST_LOG ?? 'silent' }, pino.destination(2));

/** Waits until there is a value. */
async function until<Value>(look: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  const endMs = performance.now() + STEP_LIMIT_MS;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error(`not within ${STEP_LIMIT_MS} ms: ${look}`);
    await delay(20);
  }
}

async function routerOf(family: AddressFamily): Promise<NetworkRouter> {
  const routers = (await realOutside.network.routers?.()) ?? [];
  const router = routers.find((each) => each.family === family);
  if (!router) throw new Error(`no ${family} router among ${JSON.stringify(routers)}`);
  return router;
}

/** A mapping for a socket of ours: asked for, used from outside, taken back. */
async function tryProtocol(family: AddressFamily, protocol: MappingProtocol): Promise<ProtocolResult> {
  const never = new AbortController().signal;
  let arrived = 0;
  const socket = await realOutside.network.bind(
    family,
    0,
    () => {
      arrived++;
    },
    () => undefined,
  );
  // miniupnpd needs a moment until it answers.
  await until(async () => ((await protocol.probe(never)) ? true : undefined));
  // Not asked yet, it lets nothing in: what arrives later came through the mapping.
  const target = family === 'IPv4' ? ROUTER.outside : HOST.ipv6;
  await knock(target, socket.port);
  await delay(SILENCE_MS);
  const arrivedBeforeAsking = arrived;
  const { external, lifetimeMs } = await protocol.map(
    { internalPort: socket.port, externalPort: socket.port },
    never,
  );
  // miniupnpd 2.3.1 forgets a pinhole's nonce when it is renewed, and then lets nobody close it before its lease ends.
  const again = { internalPort: socket.port, externalPort: external.port };
  const renewed = family === 'IPv4' ? await protocol.map(again, never) : undefined;
  await until(async () => {
    await knock(external.address, external.port);
    return arrived > 0 ? true : undefined;
  });
  await protocol.unmap();
  await delay(SILENCE_MS);
  arrived = 0;
  await knock(external.address, external.port);
  await delay(SILENCE_MS);
  const result = {
    router: (await routerOf(family)).address,
    external,
    isSamePort: external.port === socket.port,
    lifetimeMs,
    renewed: renewed?.external,
    arrivedBeforeAsking,
    arrivedAfterTakingBack: arrived,
  };
  socket.close();
  return result;
}

/** The engine's own way: a mapping of the calls' socket, proved by a STUN server and offered to others. */
async function tryPathService(): Promise<ServiceResult> {
  const service = openPathService({ outside: realOutside, routerMappings: true, logger });
  const startedAtMs = performance.now();
  await service.start();
  const { address, ipv6, port: stunPort } = STUN_SERVER;
  service.setStunServers([address, ipv6].map((host) => ({ host, port: stunPort })));
  const report = await until(() => {
    const now = service.routerReport();
    return now.state === 'proved' ? now : undefined;
  });
  const provedAfterMs = Math.round(performance.now() - startedAtMs);
  const session = service.open({ role: 'controlling', startedAtMs });
  const { candidates } = session.local;
  const rulesDuring = await until(async () => {
    const rules = await routerRules();
    return rules.includes(PINHOLE) ? rules : undefined;
  });
  await service.close();
  const rulesAfter = await routerRules();
  const port = String(report.external?.port);
  return {
    report,
    provedAfterMs,
    offered: candidates.flatMap((offered) =>
      offered.type === 'srflx' ? [`${offered.address}:${offered.port}`] : [],
    ),
    mappedDuring: rulesDuring.includes(`dport ${port} dnat`),
    pinholeAfter: rulesAfter.includes(PINHOLE),
    mappedAfter: rulesAfter.includes(`dport ${port} dnat`),
  };
}

setTimeout(() => {
  process.stderr.write(`the lab did not come to an end within ${LIMIT_MS / 1_000} s\n`);
  process.exit(1);
}, LIMIT_MS);
try {
  await furnishEnclosure();
  await buildHome();
  await startMiniupnpd();
  await startStunServer();
  const router = await routerOf('IPv4');
  const routerIpv6 = await routerOf('IPv6');
  const portControl = new PortControl(realOutside, router, PORT_CONTROL_PORT, logger);
  const portControlIpv6 = new PortControl(realOutside, routerIpv6, PORT_CONTROL_PORT, logger);
  const result: LabResult = {
    pcp: await tryProtocol('IPv4', new Pcp(realOutside, router, portControl)),
    'nat-pmp': await tryProtocol('IPv4', new NatPmp(realOutside, portControl)),
    'upnp-igd': await tryProtocol('IPv4', new UpnpIgd(realOutside, router, SSDP_PORT, logger)),
    pinhole: await tryProtocol('IPv6', new Pcp(realOutside, routerIpv6, portControlIpv6)),
    service: await tryPathService(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  // The kernel ends and removes all that runs in the enclosure.
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exit(1);
}
