import { describe, expect, test } from 'vitest';
import { GRANT_MEMORY, MAX_DEMOTION_MS, REPUTATION_HALF_LIFE_MS } from './constants.ts';
import { Reputation } from './reputation.ts';

const carrier = 'node';
const place = '192.0.2.1';
const grant = { rttMs: 50, place };

function reported(reputation: Reputation, user: string, outcome: 'worked' | 'failed', source = user): void {
  reputation.granted(user, carrier, grant);
  reputation.report(user, source, { carrier, outcome }, 0);
}

describe('reputation', () => {
  test('counts a report once a ticket, and none without', () => {
    const reputation = new Reputation();
    const failed = { carrier, outcome: 'failed' as const };
    reputation.granted('alice', carrier, grant);

    expect(reputation.report('mallory', '1', failed, 0)).toBeNull();
    expect(reputation.report('alice', '1', failed, 0)).toBe('failed');
    expect(reputation.report('alice', '1', failed, 0)).toBeNull();
  });

  test('demotes, and forgets with time', () => {
    const reputation = new Reputation();
    reported(reputation, 'alice', 'failed');

    const atOnce = reputation.demotionMs(place, 0);

    expect(atOnce).toBeGreaterThan(20);
    expect(reputation.demotionMs(place, REPUTATION_HALF_LIFE_MS)).toBeLessThan(atOnce * 0.6);
    expect(reputation.demotionMs(place, 20 * REPUTATION_HALF_LIFE_MS)).toBeLessThan(0.01);
  });

  test('is of a place, whatever the node there calls itself', () => {
    const reputation = new Reputation();
    for (const name of ['first', 'second']) {
      reputation.granted('alice', name, grant);
      reputation.granted('alice', name, { ...grant, place: '192.0.2.2' });
    }
    const failed = (name: string) => reputation.report('alice', '1', { carrier: name, outcome: 'failed' }, 0);

    failed('first');
    const once = reputation.demotionMs(place, 0);
    failed('second');

    expect(reputation.demotionMs(place, 0)).toBeGreaterThan(once);
    expect(reputation.demotionMs('192.0.2.2', 0)).toBe(0);
  });

  test('no praise makes a node better than one that nobody knows', () => {
    const reputation = new Reputation();
    for (let user = 0; user < 1_000; user++) reported(reputation, `user-${user}`, 'worked');

    expect(reputation.demotionMs(place, 0)).toBe(0);
  });

  test('a gang of many identities behind one address weighs about as one', () => {
    const gang = new Reputation();
    for (let user = 0; user < 1_000; user++) reported(gang, `user-${user}`, 'failed', 'one address');

    expect(gang.demotionMs(place, 0)).toBeLessThan(MAX_DEMOTION_MS * 0.75);
    const honest = new Reputation();
    for (let user = 0; user < 10; user++) reported(honest, `user-${user}`, 'failed');
    expect(gang.demotionMs(place, 0)).toBeLessThan(honest.demotionMs(place, 0));
  });

  test('praise of one source weighs no more than its complaints do, and of the owner nothing', () => {
    const demotions = ['one address', undefined].map((source) => {
      const reputation = new Reputation();
      for (let user = 0; user < 5; user++) reported(reputation, `victim-${user}`, 'failed');
      for (let user = 0; user < 100; user++) reported(reputation, `puppet-${user}`, 'worked', source);
      return reputation.demotionMs(place, 0);
    });
    const unpraised = new Reputation();
    const own = new Reputation();
    for (const each of [unpraised, own]) {
      for (let user = 0; user < 5; user++) reported(each, `victim-${user}`, 'failed');
    }
    own.granted('owner', carrier, grant);

    expect(own.report('owner', 'home', { carrier, outcome: 'worked' }, 0, true)).toBe('worked');

    expect(own.demotionMs(place, 0)).toBe(unpraised.demotionMs(place, 0));
    expect(demotions[0]).toBeGreaterThan(unpraised.demotionMs(place, 0) * 0.8);
    expect(demotions[1]).toBeLessThan(unpraised.demotionMs(place, 0) * 0.2);
  });

  test('what works for many is hardly demoted by a few', () => {
    const reputation = new Reputation();
    for (let user = 0; user < 50; user++) reported(reputation, `user-${user}`, 'worked');
    for (let user = 0; user < 5; user++) reported(reputation, `gang-${user}`, 'failed');

    expect(reputation.demotionMs(place, 0)).toBeLessThan(MAX_DEMOTION_MS / 10);
  });

  test('takes a leg much slower than promised for slow', () => {
    const reputation = new Reputation();
    reputation.granted('alice', carrier, grant);

    expect(reputation.report('alice', '1', { carrier, outcome: 'worked', legMs: 400 }, 0)).toBe('slow');
  });

  test('forgets the oldest tickets when there are too many', () => {
    const reputation = new Reputation();
    for (let user = 0; user <= GRANT_MEMORY; user++) reputation.granted(`user-${user}`, carrier, grant);
    const worked = { carrier, outcome: 'worked' as const };

    expect(reputation.report('user-0', '1', worked, 0)).toBeNull();
    expect(reputation.report('user-1', '1', worked, 0)).toBe('worked');
  });
});
