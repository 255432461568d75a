import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../../shared/app.ts';
import type { VolunteerSettings } from '../../shared/volunteer.ts';
import { type EngineClient, provideEngine } from '../app/engine.ts';
import { appStore } from '../app/store.ts';
import { appState, volunteer, volunteerRules } from '../gallery/fixtures.ts';
import { stubClient } from '../gallery/stub-client.ts';
import { changeRules, lend, volunteerStore } from './store.ts';

/** What reached the engine, and how it answers each. */
const sent: { change: Partial<Settings>; answer: { resolve(): void; reject(error: Error): void } }[] = [];
const settings = (rules: VolunteerSettings) =>
  appStore.setState({ state: { ...appState, settings: { ...appState.settings, volunteer: rules } } });
const rulesSent = () => sent.map(({ change }) => change.volunteer);
const asked = () => volunteerStore.getState().asked;

beforeEach(() => {
  sent.length = 0;
  const updateSettings = ((change: Partial<Settings>) =>
    new Promise<void>((resolve, reject) =>
      sent.push({ change, answer: { resolve, reject } }),
    )) as EngineClient['app']['updateSettings'];
  provideEngine({ ...stubClient, app: { ...stubClient.app, updateSettings } });
  volunteerStore.setState({ volunteer: { ...volunteer, state: 'offered' }, asked: null });
  settings({ ...volunteerRules, enabled: true });
});

afterEach(async () => {
  for (const { answer } of sent) answer.resolve();
  await Promise.resolve();
});

describe('a change of the rules', () => {
  it('leaves the others as they are, also those that were changed a moment before', () => {
    void changeRules({ monthlyGB: 100 });
    void changeRules({ idleMinutes: 7 });
    expect(rulesSent()).toEqual([
      { ...volunteerRules, enabled: true, monthlyGB: 100 },
      { ...volunteerRules, enabled: true, monthlyGB: 100, idleMinutes: 7 },
    ]);
  });

  it('shows at once, and gives way to what the engine says later', async () => {
    const kept = changeRules({ bridges: 9 });
    expect(asked()?.bridges).toBe(9);
    sent[0]?.answer.resolve();
    expect(await kept).toBe(true);
    settings({ ...volunteerRules, enabled: true });
    expect(asked()?.bridges).toBe(9);
    settings({ ...volunteerRules, enabled: true, bridges: 9 });
    expect(asked()).toBeNull();
  });

  it('is not asked for when it changes nothing', async () => {
    expect(await changeRules({ bridges: volunteerRules.bridges })).toBe(true);
    expect(sent).toEqual([]);
  });

  it('that cannot be kept is taken back', async () => {
    const kept = changeRules({ bridges: 9 });
    sent[0]?.answer.reject(new Error('the disk is full'));
    expect(await kept).toBe(false);
    expect(asked()).toBeNull();
  });

  it('keeps a node on that was told to serve by its start alone', () => {
    settings(volunteerRules);
    void changeRules({ bridges: 9 });
    expect(rulesSent()).toEqual([{ ...volunteerRules, enabled: true, bridges: 9 }]);
  });
});

describe('the switch', () => {
  it('is an answer to the question, too', () => {
    lend(false);
    expect(sent[0]?.change).toEqual({
      volunteer: { ...volunteerRules, enabled: false },
      volunteerAsked: true,
    });
  });
});
