import { createInstance } from 'i18next';
import { describe, expect, it } from 'vitest';
import { VolunteerRule, VolunteerState } from '../../shared/volunteer.ts';
import { volunteer } from '../gallery/fixtures.ts';
import de from '../locales/de.json';
import en from '../locales/en.json';
import { formatFor } from '../ui/format.ts';
import { isSwitchedOn, standing } from './standing.ts';

const i18n = createInstance();
await i18n.init({ lng: 'en', resources: { en: { translation: en }, de: { translation: de } } });
const now = new Date(2026, 5, 12, 18, 0).getTime();
const bridge = { ageS: 3, kbitPerS: 90, droppedPercent: 0 };

function said(change: Partial<VolunteerState>, language = 'en') {
  const t = i18n.getFixedT(language);
  const format = formatFor(language, t);
  const { tone, title, means, values } = standing(
    { ...volunteer, ...change },
    { idleMinutes: 10, format, now },
  );
  return { tone, title: t(title, values), means: t(means, values) };
}

describe('what is said of a machine that lends its line', () => {
  it('is a sentence in every state and for every rule, in both languages', () => {
    for (const language of ['en', 'de']) {
      const states = VolunteerState.shape.state.options.map((state) => ({ state }));
      const rests = VolunteerRule.options.map((rule) => ({
        state: 'resting' as const,
        rest: { rule, untilMs: now + 60_000, detail: 'Cafe' },
      }));
      for (const change of [...states, ...rests, { state: 'offered' as const, bridges: [bridge] }]) {
        if ('state' in change && change.state === 'resting' && !('rest' in change)) continue;
        const { title, means } = said(change, language);
        expect(`${title} ${means}`).not.toMatch(/volunteer\.|{{|undefined/);
      }
    }
  });

  it('names the rule and how long it holds', () => {
    const at10 = new Date(2026, 5, 12, 22, 0).getTime();
    expect(said({ state: 'resting', rest: { rule: 'schedule', untilMs: at10 } }, 'de')).toEqual({
      tone: 'quiet',
      title: 'Ruht bis 22:00',
      means: 'So steht es in deinem Zeitplan.',
    });
    expect(said({ state: 'resting', rest: { rule: 'in-use' } })).toMatchObject({
      title: 'Resting',
      means: 'Somebody uses this computer. It goes on when nobody has for 10 min.',
    });
    expect(said({ state: 'resting', rest: { rule: 'named-network', detail: 'Cafe' } }).means).toContain(
      '“Cafe”',
    );
  });

  it('tells serving from being ready to, and trouble from both', () => {
    expect(said({ state: 'offered', bridges: [bridge] })).toMatchObject({
      tone: 'good',
      title: 'Helping right now',
    });
    expect(said({ state: 'offered' })).toMatchObject({ tone: 'good', title: 'Ready to help' });
    expect(said({ state: 'unreachable' }).tone).toBe('trouble');
    expect(said({ state: 'probing' }).tone).toBe('quiet');
  });
});

describe('the switch', () => {
  it('stays on while a rule forbids it, and is off when its user wanted that', () => {
    const on = (change: Partial<VolunteerState>) => isSwitchedOn({ ...volunteer, ...change });
    expect(on({ state: 'resting', rest: { rule: 'metered' } })).toBe(true);
    expect(on({ state: 'leaving', rest: { rule: 'metered' } })).toBe(true);
    expect(on({ state: 'leaving' })).toBe(false);
    expect(on({ state: 'off' })).toBe(false);
    expect(on({ state: 'no-server' })).toBe(true);
  });
});
