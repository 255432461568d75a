import { describe, expect, it } from 'vitest';
import type { NetworkWord } from '../../../shared/signal.ts';
import { PREDICTED_PORTS } from './constants.ts';
import { isLongShot } from './obstacle.ts';
import { portAfter, stepsToTry } from './prediction.ts';
import { chooseTechnique, type Technique } from './technique.ts';
import { NAT_KINDS, type NatKind } from './testing/nat.ts';

const { fullcone, addr, port, symseq, sym } = NAT_KINDS;
const told = (kind: NatKind): NetworkWord => ({ udp: 'works', behaviour: { translated: true, ...kind } });
const nothing: NetworkWord = { udp: 'unknown' };

describe('the technique', () => {
  it.each<[string, NetworkWord, NetworkWord, Technique['kind']]>([
    ['fullcone with sym', told(fullcone), told(sym), 'ordinary'],
    ['addr with sym', told(addr), told(sym), 'ordinary'],
    ['port with port', told(port), told(port), 'ordinary'],
    ['port with symseq', told(port), told(symseq), 'prediction'],
    ['symseq with symseq', told(symseq), told(symseq), 'prediction'],
    ['port with sym', told(port), told(sym), 'search'],
    ['sym with sym', told(sym), told(sym), 'hopeless'],
    ['sym with symseq', told(sym), told(symseq), 'hopeless'],
    ['sym with one that tells nothing', told(sym), nothing, 'ordinary'],
    [
      'a stride of nothing with port',
      told({ ...symseq, allocation: { kind: 'sequential', stride: 0 } }),
      told(port),
      'ordinary',
    ],
  ])('of %s is the same on both sides', (_name, own, theirs, kind) => {
    expect(chooseTechnique(own, theirs).kind).toBe(kind);
    expect(chooseTechnique(theirs, own).kind).toBe(kind);
  });

  it.each<[string, NetworkWord, NetworkWord, boolean]>([
    ['port with symseq', told(port), told(symseq), false],
    ['sym with one that tells nothing', told(sym), nothing, false],
    ['port with sym', told(port), told(sym), true],
    ['sym with sym', told(sym), told(sym), true],
    ['fullcone with one whose network lets no UDP out', told(fullcone), { udp: 'blocked' }, true],
  ])('leaves little hope to %s: %o', (_name, own, theirs, expected) => {
    expect(isLongShot(own, theirs, chooseTechnique(own, theirs))).toBe(expected);
    expect(isLongShot(theirs, own, chooseTechnique(theirs, own))).toBe(expected);
  });

  it('gives the many sockets to the side whose ports come by chance', () => {
    expect(chooseTechnique(told(sym), told(port))).toEqual({ kind: 'search', we: 'open-sockets' });
    expect(chooseTechnique(told(port), told(sym))).toEqual({ kind: 'search', we: 'try-ports' });
  });
});

describe('the ports that are tried', () => {
  it('meet for whatever others took, as far as they reach', () => {
    const moving = { kind: 'steps', stride: 1, everyPort: true } as const;
    const controlling = stepsToTry('controlling', moving, moving);
    const controlled = stepsToTry('controlled', moving, moving);
    for (let a = 0; a < PREDICTED_PORTS; a++) {
      for (let b = 0; 2 * a + b < PREDICTED_PORTS; b++) {
        // Check i leaves from a + i and goes to controlling[i - 1]; check j leaves from b + j and goes to controlled[j - 1].
        const meets = controlling.some((target, index) => {
          const j = target - b;
          return controlled[j - 1] === a + index + 1;
        });
        expect(meets, `a = ${a}, b = ${b}`).toBe(true);
      }
    }
  });

  it('stay among those a NAT may choose', () => {
    expect(portAfter(65_535, 1, 1)).toBe(1_024);
    expect(portAfter(1_024, -1, 1)).toBe(65_535);
    expect(portAfter(65_500, 64, 23)).toBeGreaterThanOrEqual(1_024);
    expect(portAfter(600, -64, 23)).toBeGreaterThanOrEqual(1);
    expect(portAfter(600, 1, 1)).toBe(601);
  });
});
