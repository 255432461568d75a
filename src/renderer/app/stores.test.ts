import { createInstance } from 'i18next';
import { describe, expect, it } from 'vitest';
import { Settings } from '../../shared/app.ts';
import { callFace, conversationSeconds, isMissed, selectInCall } from '../call/store.ts';
import { arrange, selectContact } from '../contacts/store.ts';
import { appState, call, contact, people, records } from '../gallery/fixtures.ts';
import en from '../locales/en.json';
import { deviceOptions, presentChoice } from '../media/choices.ts';
import { isServerAddress } from '../settings/server-address.ts';
import { languageFor } from './i18n.ts';
import { appStore, selectNeedsWelcome, selectServerAway } from './store.ts';

const app = (change: Partial<ReturnType<typeof appStore.getState>>) => ({
  ...appStore.getInitialState(),
  ...change,
});

describe('people', () => {
  it('stand with those online first and blocked ones last', () => {
    const names = arrange(
      [
        contact('Zoe', 'mutual', true),
        contact('Bob', 'blocked'),
        contact('Ada', 'mutual'),
        contact('Cy', 'mutual', true),
      ],
      '',
    ).map(({ name }) => name);
    expect(names).toEqual(['Cy', 'Zoe', 'Ada', 'Bob']);
  });

  it('are found by any part of their name', () => {
    expect(arrange(people.contacts, ' LIND ').map(({ name }) => name)).toEqual(['Jonas Lindqvist']);
  });

  it('are unknown before the engine has spoken', () => {
    expect(selectContact('nobody')({ people: null })).toBeUndefined();
  });
});

describe('the call', () => {
  it('shows a face for each phase', () => {
    expect(callFace(null)).toBe('none');
    expect(
      (['calling', 'ringing', 'incoming', 'connecting', 'active'] as const).map((phase) =>
        callFace(call(phase)),
      ),
    ).toEqual(['outgoing', 'outgoing', 'incoming', 'conversation', 'conversation']);
  });

  it('needs no farewell where the own click ended it before any talk', () => {
    expect(callFace(call('ended', { end: 'declined-here' }))).toBe('none');
    expect(callFace(call('ended', { end: 'cancelled-here' }))).toBe('none');
    expect(callFace(call('ended', { end: 'hung-up-here' }))).toBe('farewell');
  });

  it('counts the conversation from the answer to the end', () => {
    const one = call('active');
    const answeredAt = one.answeredAt ?? 0;
    expect(conversationSeconds(one, answeredAt + 65_900)).toBe(65);
    expect(conversationSeconds({ ...one, endedAt: answeredAt + 2_000 }, answeredAt + 65_900)).toBe(2);
    expect(conversationSeconds(call('ringing'), Date.now())).toBe(0);
  });

  it('is on until it has ended', () => {
    expect(selectInCall({ call: call('ringing'), records: null, pathPanel: false })).toBe(true);
    expect(selectInCall({ call: call('ended'), records: null, pathPanel: false })).toBe(false);
  });

  it('was missed when it came in and nobody took it', () => {
    expect(records.map(isMissed)).toEqual([false, true, false, false]);
  });
});

describe('the app', () => {
  it('begins with a name, and then the device check', () => {
    const unnamed = { ...appState, profile: { ...appState.profile, name: '' } };
    expect(selectNeedsWelcome(app({ state: null }))).toBe(false);
    expect(selectNeedsWelcome(app({ state: unnamed }))).toBe(true);
    expect(selectNeedsWelcome(app({ state: appState, welcomeStep: 'devices' }))).toBe(true);
    expect(selectNeedsWelcome(app({ state: appState }))).toBe(false);
  });

  it('speaks of the server only when it is away', () => {
    const server = (state: 'connecting' | 'connected' | 'waiting') =>
      app({ state: { ...appState, server: { ...appState.server, state } } });
    expect(selectServerAway(server('connecting'))).toBe(false);
    expect(selectServerAway(server('connected'))).toBe(false);
    expect(selectServerAway(server('waiting'))).toBe(true);
  });

  it('speaks the language that is set, else one of the system, else English', () => {
    expect(languageFor('de', ['en-GB'])).toBe('de');
    expect(languageFor('system', ['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(languageFor('', ['fr-FR'])).toBe('en');
  });
});

describe('settings', () => {
  it('take the same server addresses as the engine', () => {
    for (const address of [
      '',
      'wss://a.example',
      'ws://127.0.0.1:8080/x',
      'https://a.example',
      'a.example',
      'wss://',
      'ws:',
    ]) {
      expect(isServerAddress(address), address).toBe(Settings.shape.serverUrl.safeParse(address).success);
    }
  });

  it('fall back to the choice of the system for a device that is gone', () => {
    const devices = [{ deviceId: 'one', label: '' }];
    expect(presentChoice(devices, 'one')).toBe('one');
    expect(presentChoice(devices, 'two')).toBe('');
  });

  it('number devices that have no name yet', async () => {
    const i18n = createInstance();
    await i18n.init({ lng: 'en', resources: { en: { translation: en } } });
    const options = deviceOptions([{ deviceId: 'one', label: '' }], i18n.t);
    expect(options.map(({ label }) => label)).toEqual(['System’s choice', 'Device 1']);
  });
});
