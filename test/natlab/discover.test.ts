/** Every kind of site is what it says it is. */
import { expect, test } from 'vitest';
import { outputOfEnclosed } from './enclosed-program.ts';
import type { Kind } from './kinds.ts';
import { compileWire } from './wire/wire.ts';

const INDEPENDENT = 'Endpoint Independent';
const ADDRESS = 'Address Dependent';
const ADDRESS_AND_PORT = 'Address and Port Dependent';

/** Mapping, then filtering; undefined where no answer comes through. */
const BEHAVIOURS: readonly (readonly [Kind, string | undefined, string | undefined])[] = [
  ['open', INDEPENDENT, INDEPENDENT],
  ['fullcone', INDEPENDENT, INDEPENDENT],
  ['addr', INDEPENDENT, ADDRESS],
  ['port', INDEPENDENT, ADDRESS_AND_PORT],
  ['sym', ADDRESS_AND_PORT, ADDRESS_AND_PORT],
  ['symseq', ADDRESS_AND_PORT, ADDRESS_AND_PORT],
  ['cgn', ADDRESS_AND_PORT, ADDRESS_AND_PORT],
  ['udpblock', undefined, undefined],
];

const pairs = BEHAVIOURS.flatMap((first, index) => {
  const second = BEHAVIOURS[index + 1];
  return index % 2 === 0 && second ? [[first[0], second[0], first, second] as const] : [];
});

test.each(pairs)('%s and %s behave as their names say', async (_a, _b, first, second) => {
  const said = await outputOfEnclosed<{ a: string; b: string }>('test/natlab/discover.ts', {
    kinds: { a: first[0], b: second[0] },
    delayMs: 5,
    lossPercent: 0,
    wireProgram: await compileWire(),
  });

  for (const [text, [, mapping, filtering]] of [
    [said.a, first],
    [said.b, second],
  ] as const) {
    expect(/NAT with (.+) Mapping!/.exec(text)?.[1], text).toBe(mapping);
    expect(/NAT with (.+) Filtering!/.exec(text)?.[1], text).toBe(filtering);
  }
});
