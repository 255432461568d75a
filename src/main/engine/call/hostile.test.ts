/** Peers who seal well and mean ill. */
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountingOutside } from '../../../../test/support/counting-outside.ts';
import {
  befriendRaw,
  inviteSignal,
  newCallId,
  pathToNowhere,
  RawPeer,
} from '../../../../test/support/raw-peer.ts';
import { sessionDescription } from '../../../../test/support/session-description.ts';
import {
  befriend,
  type TestUser,
  TestWorld,
  until,
  untilNetworkKnown,
} from '../../../../test/support/users.ts';
import { Signal } from '../../../shared/signal.ts';
import { PersonName } from '../../../shared/words.ts';
import { CONTACT_CALLS, MAX_OFFERS, STRANGER_CALLS } from './constants.ts';

let world: TestWorld;
let alice: TestUser;
let raw: RawPeer;
let counting: CountingOutside;

beforeEach(async () => {
  world = await new TestWorld().open({ limits: { envelopeBurst: 2_000 } });
  counting = new CountingOutside();
  alice = await world.user('Alice', { outside: counting.outside });
  await untilNetworkKnown(alice);
  raw = await new RawPeer(world.url).open();
});
afterEach(async () => {
  await raw.close();
  await world.close();
});

/** Everything the raw peer said before was handled once this has come back. */
async function roundTrip(): Promise<void> {
  const before = raw.said('contact-accept');
  await raw.say(alice.id, { type: 'contact-request', name: 'Raw' });
  await until(() => raw.said('contact-accept') > before);
}

describe('an invitation that no media end could use', () => {
  it.each([
    ['is no description', { type: 'offer' as const, sdp: 'v=0\r\n' }],
    ['is an answer', { type: 'answer' as const, sdp: sessionDescription('answer') }],
  ])('does not ring when it %s, and leaves nothing open', async (_, description) => {
    await befriendRaw(alice, raw);
    const sockets = counting.sockets;
    let rang = 0;
    alice.engine.calls.on('ringing', () => {
      rang += 1;
    });
    await raw.say(alice.id, inviteSignal(newCallId(), { description }));
    await roundTrip();
    expect(rang).toBe(0);
    expect(alice.call()).toBeNull();
    await until(() => counting.sockets === sockets);
  });
});

describe('many invitations', () => {
  it('from strangers ring a few times a minute', async () => {
    const rang: string[] = [];
    alice.engine.calls.on('ringing', ({ id }) => rang.push(id));
    for (let count = 0; count < STRANGER_CALLS + 4; count += 1) {
      const callId = newCallId();
      await raw.say(alice.id, inviteSignal(callId));
      await raw.say(alice.id, { type: 'cancel', callId, reason: 'cancelled' });
    }
    await raw.say(alice.id, { type: 'contact-request', name: 'Raw' });
    await until(() => alice.engine.people.snapshot().requests.length === 1);
    expect(rang).toHaveLength(STRANGER_CALLS);
  });

  it('from a contact fill neither the evening nor the list of calls', async () => {
    await befriendRaw(alice, raw);
    const rang: string[] = [];
    alice.engine.calls.on('ringing', ({ id }) => rang.push(id));
    for (let count = 0; count < CONTACT_CALLS + 10; count += 1) {
      const callId = newCallId();
      await raw.say(alice.id, inviteSignal(callId));
      await raw.say(alice.id, { type: 'cancel', callId, reason: 'cancelled' });
    }
    await roundTrip();
    expect(rang).toHaveLength(CONTACT_CALLS);
    expect(alice.engine.calls.records()).toHaveLength(CONTACT_CALLS);
  });
});

describe('somebody who is not a contact', () => {
  it('learns no address, no description and no media state before the answer, and not that we are busy', async () => {
    const callId = newCallId();
    await raw.say(alice.id, inviteSignal(callId));
    await until(() => alice.call()?.id === callId);
    alice.engine.calls.setMediaState(callId, { microphone: false, camera: true });
    alice.engine.network.refresh();
    const other = await new RawPeer(world.url).open();
    await other.say(alice.id, inviteSignal(newCallId()));
    await raw.say(alice.id, {
      type: 'offer',
      callId,
      path: pathToNowhere(),
      description: inviteSignal(callId).description,
    });
    await raw.say(alice.id, {
      type: 'candidates',
      callId,
      ufrag: 'abcd',
      candidates: [{ address: '127.0.0.1', port: 9, type: 'host', priority: 1 }],
    });
    await raw.say(alice.id, { type: 'contact-request', name: 'Raw' });
    await until(() => alice.engine.people.snapshot().requests.length === 1);
    expect(raw.heard.map(({ signal }) => signal)).toEqual([{ type: 'ringing', callId }]);
    await until(() => alice.engine.calls.records().some(({ userId }) => userId === other.id));
    expect(other.heard).toEqual([]);
    await other.close();
    expect(alice.call()).toMatchObject({ id: callId, phase: 'incoming' });
    expect(alice.call()?.endpoint).toBeUndefined();
  });
});

describe('a blocked person', () => {
  it('stops ringing at once', async () => {
    const callId = newCallId();
    await raw.say(alice.id, inviteSignal(callId));
    await until(() => alice.call()?.id === callId);
    alice.engine.people.block(raw.id);
    expect(alice.call()).toMatchObject({ phase: 'ended', end: 'declined-here' });
  });

  it('is not talked to any longer', async () => {
    await befriendRaw(alice, raw);
    const callId = newCallId();
    await raw.say(alice.id, inviteSignal(callId));
    await until(() => alice.call()?.id === callId);
    alice.engine.calls.answer(callId, 'audio');
    alice.engine.people.block(raw.id);
    expect(alice.call()).toMatchObject({ phase: 'ended', end: 'hung-up-here' });
  });

  it('does not ring with an invitation that was being opened when they were blocked', async () => {
    await befriendRaw(alice, raw);
    const said = raw.say(alice.id, inviteSignal(newCallId()));
    await said;
    alice.engine.people.block(raw.id);
    const other = await new RawPeer(world.url).open();
    await other.say(alice.id, { type: 'contact-request', name: 'Other' });
    await until(() => alice.engine.people.snapshot().requests.length === 1);
    expect(alice.engine.calls.inProgress).toBe(false);
    await other.close();
  });
});

describe('a peer in a call', () => {
  it('cannot make the media end start over without end', async () => {
    await befriendRaw(alice, raw);
    const callId = newCallId();
    await raw.say(alice.id, inviteSignal(callId));
    await until(() => alice.call()?.id === callId);
    alice.engine.calls.answer(callId, 'audio');
    const endpoints = new Set<string | undefined>();
    alice.engine.calls.on('changed', () => endpoints.add(alice.call()?.endpoint?.id));
    const { description } = inviteSignal(callId);
    for (let count = 0; count < MAX_OFFERS + 10; count += 1) {
      await raw.say(alice.id, { type: 'offer', callId, path: pathToNowhere(), description });
    }
    await raw.say(alice.id, { type: 'media-state', callId, state: { microphone: false, camera: false } });
    await until(() => alice.call()?.peerMedia.microphone === false);
    expect(endpoints.size).toBeLessThanOrEqual(MAX_OFFERS + 1);
    await until(() => counting.sockets <= 4);
  });
});

describe('signals of every kind in no order at all', () => {
  it('neither break the engine nor leave anything open', async () => {
    const second = await raw.secondMachine();
    const machines = [raw, second];
    await befriendRaw(alice, raw);
    const sockets = counting.sockets;
    const description = fc.constantFrom(
      { type: 'offer' as const, sdp: sessionDescription('offer') },
      { type: 'answer' as const, sdp: sessionDescription('answer') },
      { type: 'answer' as const, sdp: 'v=0' },
    );
    const path = fc.constantFrom(pathToNowhere(), pathToNowhere());
    const types = [
      'invite',
      'ringing',
      'prepare',
      'answer',
      'offer',
      'accept',
      'candidates',
      'flight',
      'decline',
      'busy',
      'cancel',
      'hang-up',
      'media-state',
    ] as const;
    const steps = fc.record({
      machine: fc.constantFrom(0, 1),
      type: fc.constantFrom(...types),
      known: fc.integer({ min: 0, max: 9 }).map((chance) => chance < 8),
      path,
      description,
      here: fc.constantFrom('nothing', 'nothing', 'answer', 'place', 'hang-up', 'dismiss', 'silent-page'),
      withParameters: fc.boolean(),
    });

    for (const step of fc.sample(steps, { numRuns: 220, seed: 20 })) {
      const { calls } = alice.engine;
      const current = alice.call();
      if (step.here === 'place' && !calls.inProgress) calls.place(raw.id, 'audio');
      if (step.here === 'answer' && current?.direction === 'incoming') calls.answer(current.id, 'audio');
      if (step.here === 'hang-up' && current) calls.hangUp(current.id);
      if (step.here === 'dismiss' && current) calls.dismiss(current.id);
      alice.media.enabled = step.here !== 'silent-page';
      const callId = step.known && current ? current.id : newCallId();
      const everything = {
        callId,
        media: 'audio' as const,
        name: 'Raw',
        ufrag: step.path.ufrag,
        candidates: [{ address: '127.0.0.1', port: 9, type: 'host' as const, priority: 1 }],
        datagrams: ['FgAA', 'gAAA'],
        reason: step.type === 'cancel' ? 'answered-elsewhere' : 'hung-up',
        state: { microphone: false, camera: false },
        ...(step.withParameters || ['invite', 'prepare', 'offer', 'accept'].includes(step.type)
          ? { path: step.path, description: step.description }
          : {}),
      };
      await machines[step.machine]?.say(alice.id, Signal.parse({ type: step.type, ...everything }));
    }

    await roundTrip();
    const left = alice.call();
    if (left) alice.engine.calls.hangUp(left.id);
    await until(() => counting.sockets === sockets);
    alice.media.enabled = true;
    const bob = await world.user('Bob');
    await befriend(alice, bob);
    const callId = alice.engine.calls.place(bob.id, 'audio');
    await until(() => bob.call()?.id === callId);
    bob.engine.calls.answer(callId, 'audio');
    await until(() => alice.call()?.phase === 'active');
    await second.close();
  }, 30_000);
});

describe('names', () => {
  it('that turn the text around them, or that nobody sees, are none', () => {
    for (const name of ['\u202Eecila', 'Al\u2066ice', 'Ali\u2028ce', '\u200B', '\u00AD\u2060']) {
      expect(PersonName.safeParse(name).success).toBe(false);
    }
    for (const name of ['Alice', '李', 'علی\u200Cرضا', '👩‍🚀', "O'Neil-Ó 2"]) {
      expect(PersonName.safeParse(name).success).toBe(true);
    }
  });
});

describe('a disk that is full', () => {
  it('costs the list of calls its entry and nothing else', async () => {
    await befriendRaw(alice, raw);
    const sockets = counting.sockets;
    const callId = newCallId();
    await raw.say(alice.id, inviteSignal(callId));
    await until(() => alice.call()?.id === callId);
    await rm(alice.directory, { recursive: true });
    alice.engine.calls.decline(callId);
    expect(alice.call()).toMatchObject({ phase: 'ended', end: 'declined-here' });
    await raw.next('decline');
    await until(() => counting.sockets === sockets);
  });
});
