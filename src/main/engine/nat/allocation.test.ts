/** How ports are given, decided from samples as they come in the field. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../outside/testing/seeded-random.ts';
import { allocationFrom } from './allocation.ts';

function samples(...ports: number[]) {
  return ports.map((port, index) => ({
    localPort: 50_000 + index,
    mapped: { address: '198.51.100.7', port },
  }));
}

describe('the allocation of ports', () => {
  it.each([
    ['one after another', [1_000, 1_001, 1_002, 1_003], 1],
    ['with others in between', [1_000, 1_001, 1_004, 1_005, 1_006], 1],
    ['with many others in between', [1_000, 1_002, 1_040, 1_042, 9_000, 9_002], 2],
    ['backwards', [1_010, 1_008, 1_006], -2],
    ['over the end of the port numbers', [65_534, 65_535, 0, 1], 1],
    ['that starts again at its first port', [2_046, 2_047, 1_024, 1_025, 1_026], 1],
  ])('is a sequence %s', (_how, ports, stride) => {
    expect(allocationFrom(samples(...ports), undefined)).toEqual({ kind: 'sequential', stride });
  });

  it('is by chance when no step is small', () => {
    expect(allocationFrom(samples(9_000, 40_123, 1_500, 33_000), undefined)).toEqual({ kind: 'random' });
  });

  it('is open with fewer than three samples', () => {
    expect(allocationFrom(samples(1_000, 1_001), undefined)).toBeUndefined();
  });

  it('is preserving when most ports are kept, unless each address sees another one', () => {
    const kept = samples(50_000, 50_001, 50_002, 9_000);
    expect(allocationFrom(kept, 'endpoint-independent')).toEqual({ kind: 'preserving' });
    const first = [...kept, ...samples(9_001, 9_002)];
    expect(allocationFrom(first, 'address-and-port-dependent')).toEqual({ kind: 'sequential', stride: 1 });
  });

  it('is told from one public address where a NAT has several', () => {
    const mixed = samples(1_000, 7_000, 1_001, 7_001, 1_002).map((sample, index) => ({
      ...sample,
      mapped: { ...sample.mapped, address: index % 2 === 0 ? '198.51.100.7' : '198.51.100.8' },
    }));
    expect(allocationFrom(mixed, undefined)).toEqual({ kind: 'sequential', stride: 1 });
  });

  it('is seldom taken for a sequence when it is none', () => {
    const random = new SeededRandom('ports');
    let mistaken = 0;
    for (let run = 0; run < 20_000; run++) {
      const ports = Array.from({ length: 4 }, () => 1_024 + random.integer(64_512));
      if (allocationFrom(samples(...ports), undefined)?.kind === 'sequential') mistaken++;
    }
    // Two of three steps within 64 one way: 2 x 3 x (64 / 64,512)^2 = 6 in a million.
    expect(mistaken).toBeLessThanOrEqual(2);
  });
});
