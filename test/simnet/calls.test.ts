/** Which pairs of sites find a direct way, and how soon: the unchanged engine on the simulated internet. */
import { describe, expect, it } from 'vitest';
import { type Peer, placeCall, type SimulatedCall, startPeer } from './call.ts';
import { SimulatedInternet } from './internet.ts';
import { type Kind, siteOfKind } from './kinds.ts';
import type { LinkQuality } from './link.ts';
import { startStunServer } from './stun-server.ts';

/** One way from a site to the middle of the internet, ms: what the measurements of plain WebRTC had. */
const LINE = { delayMs: 20 };
/** What is to be found out about the NATs is known by then, ms. */
const WARM_UP_MS = 10_000;
const SIGNALLING = { delayMs: 45, jitterMs: 5 };

async function callBetween(a: Kind, b: Kind, seed: string, line: LinkQuality = LINE) {
  const internet = new SimulatedInternet(`${seed} ${a} ${b}`);
  const servers = [
    (await startStunServer(internet, 'stun1.example', { delayMs: 1 })).address,
    (await startStunServer(internet, 'stun2.example', { delayMs: 1 })).address,
  ];
  const peers: Peer[] = [];
  for (const kind of [a, b]) {
    const host = internet.host(`${kind} ${peers.length}`);
    internet.connect(host, siteOfKind(internet, kind, line));
    peers.push(await startPeer(host, servers));
  }
  await internet.clock.run(WARM_UP_MS);
  const [from, to] = peers as [Peer, Peer];
  return { internet, from, to, call: placeCall(internet, from, to, SIGNALLING) };
}

/** Ordinary checks do: filters open when both sides have written. */
const STILL: Kind[] = ['open', 'firewall', 'fullcone', 'addr', 'port', 'cgn'];
/** These let in whoever writes from an address they wrote to, so that the port need not be known. */
const LENIENT: Kind[] = ['open', 'fullcone', 'addr'];

/** Within how many ms both sides have a path, at 20 ms from each site to the middle; `search` depends on luck. */
const PAIRS: { a: Kind; b: Kind; withinMs: number }[] = [
  ...STILL.flatMap((a) => STILL.map((b) => ({ a, b, withinMs: 400 }))),
  ...LENIENT.flatMap((a) => (['sym', 'symseq'] as const).map((b) => ({ a, b, withinMs: 500 }))),
  ...(['firewall', 'port', 'cgn', 'symseq'] as const).map((a) => ({
    a,
    b: 'symseq' as const,
    withinMs: 800,
  })),
  ...(['firewall', 'port', 'cgn'] as const).map((a) => ({ a, b: 'sym' as const, withinMs: 12_000 })),
];

const HOPELESS: { a: Kind; b: Kind; obstacle: string }[] = [
  { a: 'sym', b: 'sym', obstacle: 'both-unpredictable' },
  { a: 'sym', b: 'symseq', obstacle: 'both-unpredictable' },
];

function isOpen({ openedMs: { caller, callee } }: SimulatedCall): boolean {
  return caller !== undefined && callee !== undefined;
}

/** Everything that was opened is closed, and nothing is under way any more. */
async function end({ internet, call, from, to }: Awaited<ReturnType<typeof callBetween>>) {
  call.close();
  await Promise.all([from.paths.close(), to.paths.close()]);
  await internet.clock.run(2_000);
  expect([internet.clock.pendingTimers, from.host.openSockets, to.host.openSockets]).toEqual([0, 0, 0]);
}

describe('a call over the simulated internet', () => {
  for (const { a, b, withinMs } of PAIRS) {
    it(`is direct between ${a} and ${b} within ${withinMs} ms, whoever calls`, async () => {
      for (const [caller, callee] of [
        [a, b],
        [b, a],
      ] as const) {
        const made = await callBetween(caller, callee, 'direct');
        await made.internet.clock.until(() => isOpen(made.call), withinMs);
        await end(made);
      }
    });
  }

  it.each(HOPELESS)('says why there is no way between $a and $b', async ({ a, b, obstacle }) => {
    const made = await callBetween(a, b, 'hopeless');
    await made.internet.clock.until(() => made.call.caller.report().obstacle !== undefined, 12_000);
    expect(made.call.caller.report().obstacle).toBe(obstacle);
    expect(made.call.callee?.report().obstacle).toBe(obstacle);
    await end(made);
  });

  it('says that UDP is blocked here, or there', async () => {
    const made = await callBetween('udpblock', 'port', 'blocked');
    await made.internet.clock.until(() => made.call.caller.report().obstacle !== undefined, 12_000);
    expect(made.call.caller.report().obstacle).toBe('udp-blocked-here');
    expect(made.call.callee?.report().obstacle).toBe('udp-blocked-there');
    await end(made);
  });

  it('is direct within 3 s in 19 of 20 where a tenth is lost each way and it is 200 ms to the middle', async () => {
    const bad = { delayMs: 200, lossShare: 0.1 };
    const pairs = PAIRS.filter(({ withinMs }) => withinMs < 12_000);
    let calls = 0;
    let inTime = 0;
    for (const { a, b } of pairs) {
      for (const seed of ['one', 'two', 'three', 'four', 'five']) {
        const made = await callBetween(a, b, seed, bad);
        await made.internet.clock.run(3_000);
        calls++;
        if (isOpen(made.call)) inTime++;
        await end(made);
      }
    }
    expect(inTime / calls).toBeGreaterThanOrEqual(0.95);
  });
});
