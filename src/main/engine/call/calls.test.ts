import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionDescription } from '../../../../test/support/session-description.ts';
import { befriend, ImpatientClock, type TestUser, TestWorld, until } from '../../../../test/support/users.ts';
import { realOutside } from '../outside/real.ts';
import { RING_LIMIT_MS } from './constants.ts';

let world: TestWorld;
let alice: TestUser;
let bob: TestUser;

beforeEach(async () => {
  world = await new TestWorld().open();
  alice = await world.user('Alice');
  bob = await world.user('Bob');
});
afterEach(() => world.close());

async function ring(caller: TestUser, callee: TestUser, media: 'audio' | 'video' = 'video'): Promise<string> {
  const callId = caller.engine.calls.place(callee.id, media);
  await until(() => callee.call()?.id === callId && callee.call()?.phase === 'incoming');
  await until(() => caller.call()?.phase === 'ringing');
  return callId;
}

async function talk(caller: TestUser, callee: TestUser): Promise<string> {
  const callId = await ring(caller, callee);
  callee.engine.calls.answer(callId, 'video');
  await until(() => caller.call()?.phase === 'active' && callee.call()?.phase === 'active');
  return callId;
}

describe('a call between contacts', () => {
  beforeEach(() => befriend(alice, bob));

  it('makes the path while it rings and starts media only with the answer', async () => {
    const callId = await ring(alice, bob);
    await until(() => alice.call()?.path.state === 'open' && bob.call()?.path.state === 'open');
    expect(alice.call()?.maySendMedia).toBe(false);
    expect(bob.call()?.maySendMedia).toBe(false);

    bob.engine.calls.answer(callId, 'audio');

    await until(() => alice.call()?.phase === 'active' && bob.call()?.phase === 'active');
    expect(alice.call()).toMatchObject({
      maySendMedia: true,
      peerMedia: { microphone: true, camera: false },
    });
    expect(bob.call()).toMatchObject({ maySendMedia: true, peerMedia: { microphone: true, camera: true } });
    expect(alice.call()?.path.active).toMatchObject({ kind: 'direct' });
  });

  it('is placed at once with an offer that a page has ready, under the name the page gave it', async () => {
    alice.media.enabled = false;
    const offer = {
      endpointId: 'made-ahead',
      description: { type: 'offer' as const, sdp: sessionDescription('offer') },
    };
    const callId = alice.engine.calls.place(bob.id, 'video', offer);
    expect(alice.call()?.endpoint).toMatchObject({ id: 'made-ahead', role: 'offerer', described: true });
    await until(() => alice.call()?.endpoint?.remote !== undefined);
    bob.engine.calls.answer(callId, 'video');
    await until(() => alice.call()?.phase === 'active');
    expect(alice.call()?.endpoint?.id).toBe('made-ahead');
  });

  describe('that finds an answer made ahead', () => {
    const ready = () => ({
      endpointId: 'answers',
      offer: { type: 'offer' as const, sdp: sessionDescription('offer') },
      description: { type: 'answer' as const, sdp: sessionDescription('answer') },
    });
    const key = (sdp = '') => /^a=fingerprint:.*$/m.exec(sdp)?.[0];

    it('tells the caller of it while the page knows nothing yet, and gives the page an offer by the same ICE credentials', async () => {
      bob.media.enabled = false;
      const answer = ready();
      bob.engine.calls.readyAnswer(answer);

      await ring(alice, bob);
      await until(
        () => alice.call()?.endpoint?.remote !== undefined && bob.call()?.endpoint?.remote !== undefined,
      );

      expect(key(alice.call()?.endpoint?.remote?.sdp)).toBe(key(answer.description.sdp));
      expect(bob.call()?.endpoint).toMatchObject({ id: 'answers', role: 'answerer', described: true });
      const given = bob.call()?.endpoint?.remote?.sdp;
      for (const line of answer.offer.sdp.match(/^a=ice-(ufrag|pwd):.*$/gm) ?? [])
        expect(given).toContain(line);
      expect(key(given)).not.toBe(key(answer.offer.sdp));
    });

    it('serves one call: the next one asks for another', async () => {
      bob.engine.calls.readyAnswer(ready());
      alice.engine.calls.hangUp(await ring(alice, bob));
      await until(() => bob.call()?.phase === 'ended');

      await ring(alice, bob);
      expect(bob.call()?.endpoint?.id).not.toBe('answers');
      await until(() => alice.call()?.endpoint?.remote !== undefined);
    });

    it('leaves it for another call where the offer has another form', async () => {
      const other = ready();
      bob.engine.calls.readyAnswer({
        ...other,
        offer: { ...other.offer, sdp: other.offer.sdp.replace('opus/48000/2', 'PCMU/8000') },
      });
      await ring(alice, bob);
      await until(() => alice.call()?.endpoint?.remote !== undefined);
      expect(bob.call()?.endpoint?.id).not.toBe('answers');
    });

    it('makes another end where the page has lost it, while it rings and in the call', async () => {
      bob.engine.calls.readyAnswer(ready());
      const callId = await ring(alice, bob);
      bob.engine.calls.remakeEndpoint(callId, 'answers');
      bob.engine.calls.answer(callId, 'video');
      await until(() => alice.call()?.phase === 'active' && bob.call()?.phase === 'active');
      expect(bob.call()?.endpoint?.id).not.toBe('answers');
      await until(() => bob.call()?.endpoint?.remote !== undefined);
    });

    it('takes none that no call could use', () => {
      const { offer, description } = ready();
      for (const broken of [
        { endpointId: 'x', offer: description, description },
        { endpointId: 'x', offer, description: offer },
        { endpointId: 'x', offer, description: { ...description, sdp: 'v=0\r\n' } },
      ]) {
        expect(() => bob.engine.calls.readyAnswer(broken)).toThrow(
          expect.objectContaining({ code: 'DESCRIPTION_UNUSABLE' }),
        );
      }
    });
  });

  it('is not placed with an offer that nobody could answer', () => {
    const description = { type: 'offer' as const, sdp: 'v=0\r\n' };
    const place = () => alice.engine.calls.place(bob.id, 'video', { endpointId: 'broken', description });
    expect(place).toThrow(expect.objectContaining({ code: 'DESCRIPTION_UNUSABLE' }));
    expect(alice.call()).toBeNull();
  });

  it('gives each renderer the other description with the loopback port as its only candidate', async () => {
    await ring(alice, bob);
    await until(() => alice.call()?.endpoint?.remote !== undefined);
    for (const user of [alice, bob]) {
      const sdp = user.call()?.endpoint?.remote?.sdp ?? '';
      const candidates = sdp.match(/^a=candidate:.*$/gm);
      expect(candidates).toHaveLength(1);
      expect(candidates?.[0]).toMatch(/ 127\.0\.0\.1 \d+ typ host/);
      expect(sdp).not.toContain('10.9.8.7');
    }
  });

  it('agrees on one path on both sides', async () => {
    await talk(alice, bob);
    await until(() => {
      const [one, other] = [alice.call()?.path.active, bob.call()?.path.active];
      return (
        one !== undefined &&
        one.local.port === other?.remote.port &&
        one.remote.port === other?.local.port &&
        one.local.address === other?.remote.address
      );
    });
  });

  it('ends on both sides when one hangs up, with the reason of each', async () => {
    const callId = await talk(alice, bob);
    bob.engine.calls.hangUp(callId);
    await until(() => alice.call()?.phase === 'ended');
    expect(bob.call()?.end).toBe('hung-up-here');
    expect(alice.call()?.end).toBe('hung-up-there');
    expect(alice.call()?.path.state).toBe('closed');
    expect(alice.engine.calls.records()[0]).toMatchObject({
      id: callId,
      direction: 'outgoing',
      end: 'hung-up-there',
    });
    expect(bob.engine.calls.records()[0]).toMatchObject({
      id: callId,
      direction: 'incoming',
      end: 'hung-up-here',
    });
    alice.engine.calls.dismiss(callId);
    expect(alice.call()).toBeNull();
  });

  it('can be declined', async () => {
    const callId = await ring(alice, bob);
    bob.engine.calls.decline(callId);
    await until(() => alice.call()?.end === 'declined-there');
    expect(bob.call()?.end).toBe('declined-here');
  });

  it('can be cancelled while it rings', async () => {
    const callId = await ring(alice, bob);
    alice.engine.calls.hangUp(callId);
    await until(() => bob.call()?.end === 'cancelled-there');
    expect(alice.call()?.end).toBe('cancelled-here');
  });

  it('finds the callee busy, who goes on undisturbed and sees a missed call', async () => {
    const carol = await world.user('Carol');
    await befriend(carol, bob);
    const callId = await talk(alice, bob);
    carol.engine.calls.place(bob.id, 'audio');
    await until(() => carol.call()?.end === 'busy-there');
    expect(bob.call()).toMatchObject({ id: callId, phase: 'active' });
    expect(bob.engine.calls.records()[0]).toMatchObject({ userId: carol.id, end: 'no-answer-here' });
  });

  it('becomes one call when both call each other at once, without anyone being asked', async () => {
    alice.engine.calls.place(bob.id, 'video');
    bob.engine.calls.place(alice.id, 'audio');
    await until(() => alice.call()?.phase === 'active' && bob.call()?.phase === 'active');
    expect(alice.call()?.id).toBe(bob.call()?.id);
    expect(new Set([alice.call()?.direction, bob.call()?.direction])).toEqual(
      new Set(['incoming', 'outgoing']),
    );
  });

  it('refuses a second call of our own while one is under way', async () => {
    await ring(alice, bob);
    expect(() => alice.engine.calls.place(bob.id, 'audio')).toThrow('CALL_IN_PROGRESS');
  });

  it('tells the other side about mute and camera', async () => {
    const callId = await talk(alice, bob);
    alice.engine.calls.setMediaState(callId, { microphone: false, camera: true });
    await until(() => bob.call()?.peerMedia.microphone === false);
    alice.engine.calls.setMediaState(callId, { microphone: true, camera: false });
    await until(() => bob.call()?.peerMedia.microphone === true && bob.call()?.peerMedia.camera === false);
  });

  it('goes on when the server is lost, and can still be hung up', async () => {
    const callId = await talk(alice, bob);
    await world.stopServer();
    await until(() => alice.engine.app.state().server.state !== 'connected');
    await until(() => alice.call()?.timeline.some(({ type }) => type === 'server-lost'));
    expect(alice.call()?.phase).toBe('active');
    alice.engine.calls.hangUp(callId);
    await until(() => bob.call()?.end === 'hung-up-there');
  });

  it('says so when the other app closes in mid-call', async () => {
    await talk(alice, bob);
    await bob.engine.stop();
    await until(() => alice.call()?.end === 'app-closed-there');
  });

  it('ends with a media failure only where the path is not the cause', async () => {
    const callId = await talk(alice, bob);
    alice.engine.calls.mediaEvent(callId, alice.call()?.endpoint?.id ?? '', 'failed');
    await until(() => bob.call()?.end === 'media-failed');
    expect(alice.call()?.end).toBe('media-failed');
  });

  it('keeps a time line a person can follow', async () => {
    await talk(alice, bob);
    const types = alice.call()?.timeline.map(({ type }) => type) ?? [];
    expect(types[0]).toBe('placed');
    expect(types).toEqual(
      expect.arrayContaining(['placed', 'rang-there', 'first-check', 'path-open', 'answered']),
    );
    const times = alice.call()?.timeline.map(({ atMs }) => atMs) ?? [];
    expect(times.every((at) => at >= 0 && at < 60_000)).toBe(true);
  });
});

describe('a call that finds nobody', () => {
  it('ends at once when no machine of theirs is there', async () => {
    await befriend(alice, bob);
    await bob.engine.stop();
    await until(() => !alice.engine.people.isOnline(bob.id), 15_000);
    alice.engine.calls.place(bob.id, 'audio');
    await until(() => alice.call()?.phase === 'ended');
    expect(alice.call()?.end).toBe('offline-there');
  });

  it('ends within seconds when our own connection to the server is down', async () => {
    await befriend(alice, bob);
    await world.stopServer();
    await until(() => alice.engine.app.state().server.state !== 'connected');
    alice.engine.calls.place(bob.id, 'audio');
    await until(() => alice.call()?.phase === 'ended');
    expect(alice.call()?.end).toBe('server-unreachable');
  });

  it('ends after 45 s of ringing, with the same end on both sides', async () => {
    const patience = new ImpatientClock(RING_LIMIT_MS);
    const carol = await world.user('Carol', { outside: patience.outside });
    await befriend(carol, bob);
    await ring(carol, bob);
    expect(patience.fire(RING_LIMIT_MS)).toBe(1);
    await until(() => bob.call()?.end === 'no-answer-here');
    expect(carol.call()?.end).toBe('no-answer-there');
  });
});

describe('a call from somebody who is not a contact', () => {
  it('rings, and nothing of the callee leaves before the answer', async () => {
    // Alice has Bob's link; Bob has not accepted her.
    alice.engine.people.add(bob.link());
    await until(() => bob.engine.people.snapshot().requests.length === 1);
    const callId = await ring(alice, bob);
    expect(bob.call()).toMatchObject({ peer: { name: 'Alice', isContact: false } });
    expect(bob.call()?.endpoint).toBeUndefined();
    expect(alice.call()?.path.attempts).toEqual([]);
    expect(alice.call()?.endpoint?.remote).toBeUndefined();

    bob.engine.calls.answer(callId, 'audio');

    await until(() => alice.call()?.phase === 'active' && bob.call()?.phase === 'active');
  });

  it('is dropped unheard from somebody who is blocked', async () => {
    alice.engine.people.add(bob.link());
    await until(() => bob.engine.people.snapshot().requests.length === 1);
    bob.engine.people.block(alice.id);
    alice.engine.calls.place(bob.id, 'audio');
    await until(() => alice.call()?.path.state === 'idle' && alice.media.described.length === 1);
    const carol = await world.user('Carol');
    await befriend(carol, bob);
    // Carol's call arrives after Alice's would have.
    await ring(carol, bob);
    expect(bob.call()?.peer.name).toBe('Carol');
    expect(alice.call()?.phase).toBe('calling');
  });
});

it('asks the system to hurry for the length of a call', async () => {
  const urgent: boolean[] = [];
  const outside = { ...realOutside, scheduling: { setUrgent: (wanted: boolean) => urgent.push(wanted) } };
  const carol = await world.user('Carol', { outside });
  await befriend(carol, bob);
  const callId = await talk(carol, bob);
  expect(urgent).toEqual([true]);
  carol.engine.calls.hangUp(callId);
  expect(urgent).toEqual([true, false]);
});

describe('a page that is loaded anew', () => {
  beforeEach(() => befriend(alice, bob));

  /** What the new page does: it finds an endpoint that it did not make. */
  function reload(user: TestUser): string {
    const call = user.call();
    const endpoint = call?.endpoint;
    if (!call || !endpoint) throw new Error('no endpoint to remake');
    expect(endpoint.described).toBe(true);
    user.engine.calls.remakeEndpoint(call.id, endpoint.id);
    return endpoint.id;
  }

  function isTalkingAnew(user: TestUser, before: string): boolean {
    const call = user.call();
    return (
      call?.phase === 'active' &&
      call.endpoint !== undefined &&
      call.endpoint.id !== before &&
      call.endpoint.remote !== undefined &&
      call.path.state === 'open'
    );
  }

  it.each(['caller', 'callee'])('goes on with the call that the %s was in', async (who) => {
    await talk(alice, bob);
    const [reloaded, other] = who === 'caller' ? [alice, bob] : [bob, alice];
    const there = other.call()?.endpoint?.id ?? '';
    const here = reload(reloaded);
    await until(() => isTalkingAnew(reloaded, here) && isTalkingAnew(other, there));
    reloaded.engine.calls.hangUp(reloaded.call()?.id ?? '');
    await until(() => other.call()?.end === 'hung-up-there');
  });

  it('goes on when both are loaded anew at once', async () => {
    await talk(alice, bob);
    const [here, there] = [reload(alice), reload(bob)];
    await until(() => isTalkingAnew(alice, here) && isTalkingAnew(bob, there));
  });

  it.each(['caller', 'callee', 'both'])('can be answered when it was the %s while it rang', async (who) => {
    const callId = await ring(alice, bob);
    await until(() => alice.call()?.path.state === 'open' && bob.call()?.path.state === 'open');
    if (who !== 'callee') reload(alice);
    if (who !== 'caller') reload(bob);
    bob.engine.calls.answer(callId, 'video');
    await until(() => alice.call()?.phase === 'active' && bob.call()?.phase === 'active');
    await until(() =>
      [alice, bob].every((user) => user.call()?.endpoint?.remote && user.call()?.path.state === 'open'),
    );
  });
});

describe('one identity on two machines', () => {
  it('rings on both; the one that answers gets the call and the other one stops', async () => {
    await befriend(alice, bob);
    const second = await world.secondMachine(bob);
    const callId = alice.engine.calls.place(bob.id, 'video');
    await until(() => bob.call()?.phase === 'incoming' && second.call()?.phase === 'incoming');
    await until(() => alice.call()?.path.state === 'open');
    // Whichever machine the caller prepared its line with, the second answers.
    second.engine.calls.answer(callId, 'video');
    await until(() => alice.call()?.phase === 'active' && second.call()?.phase === 'active');
    await until(() => bob.call()?.end === 'answered-elsewhere');
  });

  it('stops ringing on the other machine when one declines', async () => {
    await befriend(alice, bob);
    const second = await world.secondMachine(bob);
    const callId = alice.engine.calls.place(bob.id, 'video');
    await until(() => bob.call()?.phase === 'incoming' && second.call()?.phase === 'incoming');
    bob.engine.calls.decline(callId);
    await until(() => second.call()?.end === 'declined-elsewhere');
    expect(alice.call()?.end).toBe('declined-there');
  });
});
