import { describe, expect, test } from 'vitest';
import { GRANT_MEMORY, MAX_DEMOTION_MS, REPUTATION_HALF_LIFE_MS } from './constants.ts';
import { Reputation } from './reputation.ts';

const carrier = 'node';

function reported(reputation: Reputation, user: string, outcome: 'worked' | 'failed', source = user): void {
  reputation.granted(user, carrier, 50);
  reputation.report(user, source, { carrier, outcome }, 0);
}

describe('reputation', () => {
  test('counts a report once a ticket, and none without', () => {
    const reputation = new Reputation();
    const failed = { carrier, outcome: 'failed' as const };
    reputation.granted('alice', carrier, 50);

    expect(reputation.report('mallory', '1', failed, 0)).toBeNull();
    expect(reputation.report('alice', '1', failed, 0)).toBe('failed');
    expect(reputation.report('alice', '1', failed, 0)).toBeNull();
  });

  test('demotes, and forgets with time', () => {
    const reputation = new Reputation();
    reported(reputation, 'alice', 'failed');

    const atOnce = reputation.demotionMs(carrier, 0);

    expect(atOnce).toBeGreaterThan(20);
    expect(reputation.demotionMs(carrier, REPUTATION_HALF_LIFE_MS)).toBeLessThan(atOnce * 0.6);
    expect(reputation.demotionMs(carrier, 20 * REPUTATION_HALF_LIFE_MS)).toBeLessThan(0.01);
  });

  test('no praise makes a node better than one that nobody knows', () => {
    const reputation = new Reputation();
    for (let user = 0; user < 1_000; user++) reported(reputation, `user-${user}`, 'worked');

    expect(reputation.demotionMs(carrier, 0)).toBe(0);
  });

  test('a gang of many identities behind one address weighs about as one', () => {
    const gang = new Reputation();
    for (let user = 0; user < 1_000; user++) reported(gang, `user-${user}`, 'failed', 'one address');

    expect(gang.demotionMs(carrier, 0)).toBeLessThan(MAX_DEMOTION_MS * 0.75);
    const honest = new Reputation();
    for (let user = 0; user < 10; user++) reported(honest, `user-${user}`, 'failed');
    expect(gang.demotionMs(carrier, 0)).toBeLessThan(honest.demotionMs(carrier, 0));
  });

  test('praise of one source weighs no more than its complaints do, and of the owner nothing', () => {
    const demotions = ['one address', undefined].map((source) => {
      const reputation = new Reputation();
      for (let user = 0; user < 5; user++) reported(reputation, `victim-${user}`, 'failed');
      for (let user = 0; user < 100; user++) reported(reputation, `puppet-${user}`, 'worked', source);
      return reputation.demotionMs(carrier, 0);
    });
    const unpraised = new Reputation();
    const own = new Reputation();
    for (const each of [unpraised, own]) {
      for (let user = 0; user < 5; user++) reported(each, `victim-${user}`, 'failed');
    }
    own.granted('owner', carrier, 50);

    expect(own.report('owner', 'home', { carrier, outcome: 'worked' }, 0, true)).toBe('worked');

    expect(own.demotionMs(carrier, 0)).toBe(unpraised.demotionMs(carrier, 0));
    expect(demotions[0]).toBeGreaterThan(unpraised.demotionMs(carrier, 0) * 0.8);
    expect(demotions[1]).toBeLessThan(unpraised.demotionMs(carrier, 0) * 0.2);
  });

  test('what works for many is hardly demoted by a few', () => {
    const reputation = new Reputation();
    for (let user = 0; user < 50; user++) reported(reputation, `user-${user}`, 'worked');
    for (let user = 0; user < 5; user++) reported(reputation, `gang-${user}`, 'failed');

    expect(reputation.demotionMs(carrier, 0)).toBeLessThan(MAX_DEMOTION_MS / 10);
  });

  test('takes a leg much slower than promised for slow', () => {
    const reputation = new Reputation();
    reputation.granted('alice', carrier, 50);

    expect(reputation.report('alice', '1', { carrier, outcome: 'worked', legMs: 400 }, 0)).toBe('slow');
  });

  test('forgets the oldest tickets when there are too many', () => {
    const reputation = new Reputation();
    for (let user = 0; user <= GRANT_MEMORY; user++) reputation.granted(`user-${user}`, carrier, 50);
    const worked = { carrier, outcome: 'worked' as const };

    expect(reputation.report('user-0', '1', worked, 0)).toBeNull();
    expect(reputation.report('user-1', '1', worked, 0)).toBe('worked');
  });
});
