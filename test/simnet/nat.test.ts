/** That the simulated NATs do what RFC 4787 calls them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/main/engine/outside/testing/simulated-clock.ts';
import { nat as anyNat } from './arbitraries.ts';
import { Nat, type NatOptions } from './nat.ts';
import { FIRST_HOPS, type Packet } from './packet.ts';
import { FIRST_PORT, PORT_COUNT } from './port-allocation.ts';

const INSIDE = '192.168.0.9';
const BY_PORT = 'address-and-port-dependent';

const PLAIN: NatOptions = {
  mapping: 'endpoint-independent',
  filtering: 'endpoint-independent',
  allocation: { kind: 'preserving' },
  hairpinning: false,
  lifetimeMs: 60_000,
};

function make(options: Partial<NatOptions> = {}) {
  const clock = new SimulatedClock();
  const nat = new Nat('198.18.0.1', { ...PLAIN, ...options }, clock, new SeededRandom('nat'));
  /** The outside port that a packet leaves from. */
  const send = (to: string, toPort = 9, fromPort = 5_000) =>
    nat.outbound(packet(INSIDE, fromPort, to, toPort))?.fromPort ?? 0;
  const isLetIn = (from: string, fromPort: number, toPort: number) =>
    nat.inbound(packet(from, fromPort, nat.address, toPort)) !== undefined;
  return { clock, nat, send, isLetIn };
}

function packet(from: string, fromPort: number, to: string, toPort: number): Packet {
  return { bytes: Buffer.alloc(1), from, fromPort, to, toPort, hopsLeft: FIRST_HOPS };
}

describe('mapping', () => {
  it.each([
    ['endpoint-independent', true, true],
    ['address-dependent', true, false],
    [BY_PORT, false, false],
  ] as const)('%s', (mapping, sameForAnotherPort, sameForAnotherAddress) => {
    const { send } = make({ mapping, allocation: { kind: 'random' } });
    const first = send('203.0.113.1', 1);
    expect(send('203.0.113.1', 1)).toBe(first);
    expect(send('203.0.113.1', 2) === first).toBe(sameForAnotherPort);
    expect(send('203.0.113.2', 1) === first).toBe(sameForAnotherAddress);
  });
});

describe('filtering', () => {
  it.each([
    ['endpoint-independent', true, true],
    ['address-dependent', true, false],
    [BY_PORT, false, false],
  ] as const)('%s', (filtering, fromAnotherPort, fromAnotherAddress) => {
    const { send, isLetIn } = make({ filtering });
    const port = send('203.0.113.1', 1);
    expect(isLetIn('203.0.113.1', 1, port)).toBe(true);
    expect(isLetIn('203.0.113.1', 2, port)).toBe(fromAnotherPort);
    expect(isLetIn('203.0.113.2', 1, port)).toBe(fromAnotherAddress);
    expect(isLetIn('203.0.113.1', 1, port + 1)).toBe(false);
  });
});

describe('allocation of ports', () => {
  it('keeps the inside port where it is free, and takes the next one otherwise', () => {
    const { nat, send } = make();
    expect(send('203.0.113.1', 1, 5_000)).toBe(5_000);
    expect(nat.outbound(packet('192.168.0.10', 5_000, '203.0.113.1', 1))?.fromPort).toBe(5_001);
  });

  it('goes on by its stride for every destination, over the end of the range as well', () => {
    const { send } = make({ mapping: BY_PORT, allocation: { kind: 'sequential', stride: 3 } });
    const first = send('203.0.113.1', 1);
    // 64,512 / 3: then the first port comes again.
    for (let step = 1; step < 21_504; step++) {
      const expected = FIRST_PORT + ((first - FIRST_PORT + 3 * step) % PORT_COUNT);
      expect(send('203.0.113.1', 1 + step)).toBe(expected);
    }
  });

  it('lets the others behind it take ports of the sequence, as often as they should', async () => {
    const { clock, send } = make({
      mapping: BY_PORT,
      allocation: { kind: 'sequential', stride: 1, othersPerSecond: 5 },
    });
    const first = send('203.0.113.1', 1);
    await clock.run(1_000_000);
    // Poisson's: 5,000 give or take four times 71.
    expect(Math.abs(send('203.0.113.1', 2) - first + (first > 59_000 ? PORT_COUNT : 0) - 5_001)).toBeLessThan(
      284,
    );
  });

  it('never gives one port twice, until nothing is left', () => {
    const { send } = make({ mapping: BY_PORT, allocation: { kind: 'sequential', stride: 1 } });
    const given = new Set<number>();
    for (let port = 1; port <= PORT_COUNT; port++) given.add(send('203.0.113.1', port));
    expect(given.size).toBe(PORT_COUNT);
    expect(send('203.0.113.2', 1)).toBe(0);
  });
});

describe('any NAT', () => {
  it('lets in the answer of whom the inside wrote to, while the mapping lives, and no longer', async () => {
    await fc.assert(
      fc.asyncProperty(anyNat, async (options) => {
        const { clock, send, isLetIn } = make(options);
        const port = send('203.0.113.1', 1);
        for (let refresh = 0; refresh < 3; refresh++) {
          await clock.run(options.lifetimeMs);
          expect(isLetIn('203.0.113.1', 1, port)).toBe(true);
        }
        await clock.run(options.lifetimeMs + 1);
        expect(isLetIn('203.0.113.1', 1, port)).toBe(false);
      }),
    );
  });

  it('keeps no trace of what nobody asked for: the next mapping is the one it would have been', () => {
    fc.assert(
      fc.property(anyNat, (options) => {
        const quiet = make(options);
        const bothered = make(options);
        for (let port = FIRST_PORT; port < FIRST_PORT + 1_000; port++)
          bothered.isLetIn('203.0.113.66', 6, port);
        bothered.isLetIn('203.0.113.1', 1, 5_000);
        expect(bothered.send('203.0.113.1', 1)).toBe(quiet.send('203.0.113.1', 1));
      }),
    );
  });

  it('has forgotten everything when it was started anew', () => {
    fc.assert(
      fc.property(anyNat, (options) => {
        const { nat, send, isLetIn } = make(options);
        const port = send('203.0.113.1', 1);
        nat.forget();
        expect(isLetIn('203.0.113.1', 1, port)).toBe(false);
      }),
    );
  });
});
