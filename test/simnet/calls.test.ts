/** Which pairs of sites find a direct way, and how soon: the unchanged engine on the simulated internet. */
import { describe, expect, it } from 'vitest';
import { type Peer, placeCall, startPeer } from './call.ts';
import { SimulatedInternet } from './internet.ts';
import { type Kind, siteOfKind } from './kinds.ts';
import { startStunServer } from './stun-server.ts';

/** One way from a site to the middle of the internet, ms: what the measurements of plain WebRTC had. */
const LINE = { delayMs: 20 };
const SIGNALLING = { delayMs: 45, jitterMs: 5 };

async function callBetween(a: Kind, b: Kind, seed: string) {
  const internet = new SimulatedInternet(`${seed} ${a} ${b}`);
  const servers = [
    (await startStunServer(internet, 'stun1.example', { delayMs: 1 })).address,
    (await startStunServer(internet, 'stun2.example', { delayMs: 1 })).address,
  ];
  const peers: Peer[] = [];
  for (const kind of [a, b]) {
    const host = internet.host(`${kind} ${peers.length}`);
    internet.connect(host, siteOfKind(internet, kind, LINE));
    peers.push(await startPeer(host, servers));
  }
  await internet.clock.run(3_000);
  const [from, to] = peers as [Peer, Peer];
  return { internet, from, to, call: placeCall(internet, from, to, SIGNALLING) };
}

const EASY: Kind[] = ['open', 'firewall', 'fullcone', 'addr', 'port', 'cgn'];

describe('a call over the simulated internet', () => {
  for (const a of EASY) {
    for (const b of EASY) {
      it(`is direct between ${a} and ${b}, within a second`, async () => {
        const { internet, call, from, to } = await callBetween(a, b, 'easy');
        await internet.clock.until(
          () => call.openedMs.caller !== undefined && call.openedMs.callee !== undefined,
          1_000,
        );
        call.close();
        await Promise.all([from.paths.close(), to.paths.close()]);
        await internet.clock.run(1_000);
        expect([internet.clock.pendingTimers, from.host.openSockets, to.host.openSockets]).toEqual([0, 0, 0]);
      });
    }
  }
});
