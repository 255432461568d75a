/**
 * A volunteer's node that meddles, in earnest: four engines, a real server, and two WebRTC stacks that talk through it. The node is the
 * real one; what it sends out is tampered with on its way to its socket.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outside } from '../../src/main/engine/outside/index.ts';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { befriend, lending, type TestUser, TestWorld, until } from '../support/users.ts';
import { WeriftMediaEnd } from '../support/werift-media-end.ts';

/** Of what a node forwards: its own header, then that of the callers' path, whose channels begin at 0x40. */
const LEG_HEADER_BYTES = 4;
const PATH_HEADER_BYTES = 4;
const FIRST_CHANNEL_BYTE = 64;
const LAST_CHANNEL_BYTE = 79;
/** A loaded machine may be late; the 2 s themselves are tried in simulation. */
const LEAVE_LIMIT_MS = 4_000;

/** What becomes of a datagram of media that the node forwards: the ones that are sent, each after so many ms. */
type Meddling = (media: Buffer) => readonly { bytes: Buffer; afterMs?: number }[];

class MeddlingOutside {
  meddling: Meddling | undefined;
  readonly outside: Outside = {
    ...realOutside,
    network: {
      ...realOutside.network,
      bind: async (...parameters) => {
        const socket = await realOutside.network.bind(...parameters);
        return {
          family: socket.family,
          port: socket.port,
          close: () => socket.close(),
          send: (bytes, offset, length, port, address, sent) => {
            const first = bytes[offset] ?? 0;
            const inner = bytes[offset + LEG_HEADER_BYTES] ?? 0;
            const isForwarded = first >= FIRST_CHANNEL_BYTE && first <= LAST_CHANNEL_BYTE;
            if (!this.meddling || !isForwarded || inner < FIRST_CHANNEL_BYTE) {
              socket.send(bytes, offset, length, port, address, sent);
              return;
            }
            sent?.(null);
            for (const { bytes: out, afterMs = 0 } of this.meddling(
              Buffer.from(bytes.subarray(offset, offset + length)),
            )) {
              setTimeout(() => socket.send(out, 0, out.length, port, address), afterMs);
            }
          },
        };
      },
    },
  };
}

let world: TestWorld;
beforeEach(async () => {
  world = await new TestWorld().open();
});
afterEach(() => world.close());

const kinds = (users: readonly TestUser[]) => users.map((user) => user.call()?.path.active?.kind);
const succeeded = (user: TestUser) =>
  (user.call()?.path.attempts ?? []).filter(({ outcome }) => outcome === 'succeeded').map(({ kind }) => kind);

async function reportsOf(outcome: string): Promise<number> {
  const metrics = await (await fetch(`${world.url.replace('ws:', 'http:')}/metrics`)).text();
  return Number(
    new RegExp(`^byway_carrier_reports_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(metrics)?.[1] ?? 0,
  );
}

describe('a node', () => {
  it.each<[string, string, Meddling]>([
    [
      'alters what it forwards',
      'altered',
      (media) => {
        const at = LEG_HEADER_BYTES + PATH_HEADER_BYTES + 20;
        if (media.length > at) media.writeUInt8(media.readUInt8(at) ^ 0xff, at);
        return [{ bytes: media }];
      },
    ],
    ['drops what it should forward', 'slow', () => []],
    [
      'sends everything twice',
      'slow',
      (media) => [{ bytes: media }, { bytes: Buffer.from(media), afterMs: 5 }],
    ],
  ])(
    'that %s is left in mid-call and reported, and what it altered is never heard',
    async (_what, outcome, meddling) => {
      const meddler = new MeddlingOutside();
      const vera = await world.user('Vera', { outside: meddler.outside });
      await vera.engine.app.updateSettings({ volunteer: lending() });
      await until(() => vera.engine.volunteer.state().state === 'offered');
      const [ada, ben] = [await world.user('Ada'), await world.user('Ben')];
      await befriend(ada, ben);
      await ada.engine.app.updateSettings({ hideAddress: true });
      const ends = [new WeriftMediaEnd(ada), new WeriftMediaEnd(ben)] as const;
      const callId = ada.engine.calls.place(ben.id, 'audio');
      await until(() => ends.every(({ connection }) => connection?.connectionState === 'connected'), 15_000);
      ben.engine.calls.answer(callId, 'audio');
      await until(() => ada.call()?.phase === 'active' && ben.call()?.phase === 'active');
      const timers = ends.map((end) => end.talk());
      await until(() => [ada, ben].every((user) => succeeded(user).includes('relay')), 15_000);
      expect(kinds([ada, ben])).toEqual(['sfu', 'sfu']);

      meddler.meddling = meddling;
      await until(() => kinds([ada, ben]).every((kind) => kind === 'relay'), LEAVE_LIMIT_MS);

      await expect.poll(() => reportsOf(outcome), { timeout: 5_000 }).toBeGreaterThan(0);
      await until(() => vera.engine.volunteer.state().bridges.length === 0);
      const before = ends.map(({ received }) => received.length);
      await until(() => ends.every(({ received }, index) => received.length > (before[index] ?? 0) + 50));
      for (const timer of timers) clearInterval(timer);
      for (const { received } of ends) {
        for (const { header, payload } of received) {
          expect(payload.equals(Buffer.alloc(80, header.sequenceNumber & 0xff))).toBe(true);
        }
      }
      await Promise.all(ends.map(({ connection }) => connection?.close()));
    },
  );
});
