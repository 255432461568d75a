import fc from 'fast-check';
import { createInstance, type TFunction } from 'i18next';
import { describe, expect, it } from 'vitest';
import { NetworkState, ServerState } from '../../shared/app.ts';
import { NatDependence, NetworkReport, RouterReport, Untold } from '../../shared/network.ts';
import { appState, network, report } from '../gallery/fixtures.ts';
import de from '../locales/de.json';
import en from '../locales/en.json';
import { formatFor } from '../ui/format.ts';
import type { Evidence } from './check.ts';
import { NETWORK_CHECKS, numberedChecks } from './checks.ts';
import type { Speech } from './facts.ts';
import { outlook } from './outlook.ts';
import { reportText } from './report-text.ts';

const instance = createInstance();
await instance.init({
  lng: 'en',
  resources: { en: { translation: en }, de: { translation: de } },
  interpolation: { escapeValue: false },
});
function speech(language: 'en' | 'de'): Speech {
  const t: TFunction = instance.getFixedT(language);
  return { t, format: formatFor(language, t) };
}

const ADDRESSES = [
  '127.0.0.1',
  '192.168.178.23',
  '100.64.3.9',
  '198.51.100.20',
  '2001:db8:77:1::23',
  'fd00::7',
];
const address = fc.constantFrom(...ADDRESSES);
const port = fc.integer({ min: 1, max: 65_535 });
const place = fc.record({ address, port });
const dependence = fc.constantFrom(...NatDependence.options);
const behaviour = fc.record(
  {
    translated: fc.boolean(),
    mapping: dependence,
    filtering: dependence,
    allocation: fc.oneof(
      fc.constant({ kind: 'preserving' as const }),
      fc.record({ kind: fc.constant('sequential' as const), stride: fc.integer({ min: -64, max: 64 }) }),
      fc.constant({ kind: 'random' as const }),
    ),
    hairpinning: fc.boolean(),
    bindingLifetimeMs: fc.integer({ min: 1, max: 600_000 }),
  },
  { requiredKeys: ['translated'] },
);
const family = fc.record(
  { mapped: place, behaviour, untold: fc.constantFrom(...Untold.options) },
  { requiredKeys: [] },
);
const evidence: fc.Arbitrary<Evidence> = fc.record({
  network: fc.record({
    hostAddresses: fc.array(fc.record({ interfaceName: fc.constantFrom('eth0', 'wlan0'), address })),
    sockets: fc.array(fc.record({ family: fc.constantFrom('IPv4', 'IPv6'), port })),
    stun: fc.array(
      fc.record(
        {
          server: fc.constantFrom('stun.secret.example:3478', '198.51.100.20:3478'),
          state: fc.constantFrom('asking', 'answered', 'silent', 'wrong'),
          rttMs: fc.double({ min: 0, max: 9_000, noNaN: true }),
          mapped: place,
          nearest: fc.boolean(),
        },
        { requiredKeys: ['server', 'state', 'nearest'] },
      ),
    ),
  }),
  report: fc.record({
    at: fc.integer({ min: 0, max: 4e12 }),
    running: fc.boolean(),
    udp: fc.constantFrom('unknown', 'works', 'blocked'),
    captivePortal: fc.constantFrom('unknown', 'none', 'found'),
    IPv4: family,
    IPv6: family,
    router: fc.record(
      {
        state: fc.constantFrom(...RouterReport.shape.state.options),
        doubt: fc.constantFrom(...RouterReport.shape.doubt.unwrap().options),
        protocol: fc.constantFrom(...RouterReport.shape.protocol.unwrap().options),
        external: place,
      },
      { requiredKeys: ['state'] },
    ),
  }),
  hidesAddress: fc.boolean(),
  server: fc.record(
    {
      url: fc.constantFrom('wss://meet.secret.example', ''),
      embedded: fc.boolean(),
      state: fc.constantFrom(...ServerState.shape.state.options),
      reason: fc.constantFrom(...ServerState.shape.reason.unwrap().options),
    },
    { requiredKeys: ['url', 'embedded', 'state'] },
  ),
});

const devices = [
  { name: 'microphone', check: { verdict: 'untested', words: { key: 'diagnostics.microphoneHint' } } },
  { name: 'camera', check: { verdict: 'good', words: { key: 'media.check.camera.ok' } } },
] as const;
const textOf = (from: Evidence, language: 'en' | 'de', addresses: boolean) =>
  reportText({ evidence: from, version: '1.2.3', host: 'desktop', devices }, speech(language), addresses);

describe('whatever the engine reports', () => {
  it('is made of states that the engine may send', () => {
    fc.assert(
      fc.property(evidence, (any) => {
        NetworkState.parse(any.network);
        NetworkReport.parse(any.report);
        ServerState.parse(any.server);
      }),
      { numRuns: 200 },
    );
  });

  it('has a sentence in every language, and one thing to do where it is not good', () => {
    fc.assert(
      fc.property(evidence, (any) => {
        for (const { verdict, words, remedy } of numberedChecks(any)) {
          if (verdict === 'note' || verdict === 'bad') expect(remedy, words.key).toBeDefined();
          for (const sentence of remedy ? [words, remedy] : [words]) {
            for (const language of ['en', 'de'] as const) {
              expect(instance.exists(sentence.key, { lng: language }), sentence.key).toBe(true);
            }
          }
        }
        const { name } = outlook(any);
        expect(instance.exists(`diagnostics.outlook.${name}.title`)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves neither keys nor gaps in the text, and no address or server in one without addresses', () => {
    fc.assert(
      fc.property(evidence, fc.constantFrom('en' as const, 'de' as const), (any, language) => {
        for (const addresses of [true, false]) {
          const text = textOf(any, language, addresses);
          expect(text).not.toMatch(/diagnostics\.|media\.check|\{\{|undefined|NaN/);
          if (!addresses) for (const secret of [...ADDRESSES, 'secret']) expect(text).not.toContain(secret);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the report as a text', () => {
  const usual: Evidence = { network, report, server: appState.server, hidesAddress: false };

  it('numbers its checks and ends with the devices', () => {
    const numbers = [...textOf(usual, 'en', false).matchAll(/^(\d+)\. (.+)$/gm)];
    expect(numbers.map(([, number]) => Number(number))).toEqual(numbers.map((_line, index) => index + 1));
    expect(numbers).toHaveLength(NETWORK_CHECKS.length + 2);
    expect(numbers.at(-1)?.[2]).toBe('Camera [Good]');
  });

  it('holds the addresses when they are wanted, and their kind when not', () => {
    expect(textOf(usual, 'en', true)).toContain('IPv4: 198.51.100.20:50412');
    expect(textOf(usual, 'en', false)).toContain('IPv4: (public IPv4):50412');
    expect(textOf(usual, 'de', false)).toContain('wlan0: (lokale IPv4)');
  });

  it('keeps the words of RFC 4787 for engineers', () => {
    expect(textOf(usual, 'en', false)).toContain('Mapping: endpoint-independent (RFC 4787 §4.1)');
  });
});
