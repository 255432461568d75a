/** What crosses on the way, on bad networks and with several machines of one user. */
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
  ImpatientClock,
  type TestUser,
  TestWorld,
  until,
  untilNetworkKnown,
} from '../../../../test/support/users.ts';
import { DESCRIBE_LIMIT_MS, INVITE_LIMIT_MS, MAX_TIMELINE } from './constants.ts';

let world: TestWorld;
let alice: TestUser;
let raw: RawPeer;

beforeEach(async () => {
  // Fifty calls in three seconds are more than the server lets one person make.
  world = await new TestWorld().open({ limits: { envelopeBurst: 2_000 } });
  alice = await world.user('Alice');
  raw = await new RawPeer(world.url).open();
  await befriendRaw(alice, raw);
});
afterEach(async () => {
  await raw.close();
  await world.close();
});

/** Alice calls the raw peer, whose machine has the invitation. */
async function invited(): Promise<string> {
  const callId = alice.engine.calls.place(raw.id, 'video');
  await raw.next('invite');
  return callId;
}

function answer(callId: string, withParameters = true) {
  return {
    type: 'answer' as const,
    callId,
    media: 'audio' as const,
    name: 'Raw',
    ...(withParameters
      ? { path: pathToNowhere(), description: { type: 'answer' as const, sdp: sessionDescription('answer') } }
      : {}),
  };
}

describe('an answer and a cancel that cross', () => {
  it('end the call at the machine that answered too late', async () => {
    const callId = newCallId();
    await raw.say(alice.id, inviteSignal(callId));
    await until(() => alice.call()?.phase === 'incoming');
    alice.engine.calls.answer(callId, 'audio');
    await raw.say(alice.id, { type: 'cancel', callId, reason: 'cancelled' });
    await until(() => alice.call()?.end === 'cancelled-there');
  });

  it('get the machine that did not hear the cancel told again', async () => {
    const callId = await invited();
    alice.engine.calls.hangUp(callId);
    await raw.next('cancel');
    await raw.say(alice.id, answer(callId));
    await until(() => raw.said('cancel') === 2);
    expect(alice.call()).toMatchObject({ phase: 'ended', end: 'cancelled-here' });
  });

  it('even when the call was put away and another one is under way', async () => {
    const callId = await invited();
    alice.engine.calls.hangUp(callId);
    await raw.next('cancel');
    alice.engine.calls.dismiss(callId);
    const next = alice.engine.calls.place(raw.id, 'audio');
    await raw.say(alice.id, { type: 'ringing', callId });
    await until(() => raw.heard.filter(({ signal }) => signal.type === 'cancel').length === 2);
    expect(raw.heard.at(-1)?.signal).toMatchObject({ type: 'cancel', callId });
    expect(alice.call()?.id).toBe(next);
  });
});

describe('a call that ends before every machine has rung', () => {
  it('is taken back from those that have said nothing yet', async () => {
    const second = await raw.secondMachine();
    const callId = await invited();
    await second.next('invite');
    await raw.say(alice.id, { type: 'ringing', callId });
    await until(() => alice.call()?.phase === 'ringing');
    alice.engine.calls.hangUp(callId);
    await second.next('cancel');
    await second.close();
  });

  it('is taken back from all of them when the app closes, also when one of them was prepared', async () => {
    const second = await raw.secondMachine();
    const callId = await invited();
    await second.next('invite');
    await raw.say(alice.id, {
      type: 'prepare',
      callId,
      path: pathToNowhere(),
      description: { type: 'answer', sdp: sessionDescription('answer') },
    });
    await until(() => alice.call()?.endpoint?.remote !== undefined);
    await alice.engine.stop();
    await raw.next('cancel');
    await second.next('cancel');
    await second.close();
  });

  it('does not ring later at somebody who was away', async () => {
    await raw.close();
    const again = new RawPeer(world.url);
    alice.engine.people.add(again.link(), 'Away');
    alice.engine.calls.place(again.id, 'audio');
    await until(() => alice.call()?.end === 'offline-there');
    await again.open();
    await again.next('invite');
    await again.next('cancel');
    await again.close();
  });

  it('does not ring after a lost server is back', async () => {
    const bob = await world.user('Bob');
    const patience = new ImpatientClock(INVITE_LIMIT_MS);
    const carol = await world.user('Carol', { outside: patience.outside });
    await befriend(carol, bob);
    const rang: string[] = [];
    bob.engine.calls.on('ringing', ({ id }) => rang.push(id));
    await world.stopServer();
    await until(() => carol.engine.app.state().server.state !== 'connected');
    const lost = carol.engine.calls.place(bob.id, 'audio');
    await until(() => carol.media.described.length === 1);
    await until(() => patience.fire(INVITE_LIMIT_MS) === 1);
    expect(carol.call()?.end).toBe('server-unreachable');
    await world.open();
    for (const { engine } of [carol, bob]) engine.app.reconnect();
    await until(() => carol.engine.people.isOnline(bob.id) && bob.engine.people.isOnline(carol.id));
    carol.engine.calls.place(bob.id, 'audio');
    await until(() => carol.call()?.phase === 'ringing');
    expect(rang).not.toContain(lost);
  });
});

describe('both calling at once with several machines', () => {
  it('stops ringing at the others of whoever gives way', async () => {
    const second = await raw.secondMachine();
    const ours = await invited();
    await second.next('invite');
    // The smallest of all ids: theirs goes on.
    await raw.say(alice.id, inviteSignal(`${'-'.repeat(21)}A`));
    await until(() => alice.call()?.direction === 'incoming' && alice.call()?.phase !== 'incoming');
    const cancelled = await second.next('cancel');
    expect(cancelled.signal).toMatchObject({ callId: ours, reason: 'answered-elsewhere' });
    await second.close();
  });

  it('reaches a machine that came after the invitation and now calls itself', async () => {
    const ours = await invited();
    const late = await raw.secondMachine();
    await late.say(alice.id, inviteSignal('zzzzzzzzzzzzzzzzzzzzzA'));
    const invite = await late.next('invite');
    expect(invite.signal.callId).toBe(ours);
    await late.close();
  });
});

describe('signals in an unusual order', () => {
  it('take a late "ringing" of the machine that answered for what it is', async () => {
    const callId = await invited();
    await raw.say(alice.id, answer(callId));
    await until(() => alice.call()?.phase === 'connecting');
    await raw.say(alice.id, { type: 'ringing', callId });
    await raw.say(alice.id, { type: 'media-state', callId, state: { microphone: false, camera: false } });
    await until(() => alice.call()?.peerMedia.microphone === false);
    expect(raw.said('cancel')).toBe(0);
  });

  it('end a call that was hung up before its answer could be made', async () => {
    const callId = await invited();
    await raw.say(alice.id, { type: 'ringing', callId });
    await raw.say(alice.id, { type: 'hang-up', callId, reason: 'hung-up' });
    await until(() => alice.call()?.end === 'hung-up-there');
  });

  it('keep "prepare" after the answer from changing anything', async () => {
    const callId = await invited();
    await raw.say(alice.id, answer(callId));
    await until(() => alice.call()?.phase === 'connecting');
    const remote = alice.call()?.endpoint?.remote?.sdp;
    await raw.say(alice.id, {
      type: 'prepare',
      callId,
      path: pathToNowhere(),
      description: { type: 'answer', sdp: sessionDescription('answer') },
    });
    await raw.say(alice.id, { type: 'media-state', callId, state: { microphone: false, camera: false } });
    await until(() => alice.call()?.peerMedia.microphone === false);
    expect(alice.call()?.endpoint?.remote?.sdp).toBe(remote);
  });

  it('tell the second of two machines that answer at once, and keep the first', async () => {
    const second = await raw.secondMachine();
    const callId = await invited();
    await raw.say(alice.id, answer(callId));
    await second.say(alice.id, answer(callId));
    const { signal } = await second.next('cancel');
    expect(signal).toMatchObject({ reason: 'answered-elsewhere' });
    expect(raw.said('cancel')).toBe(0);
    expect(alice.call()?.phase).toBe('connecting');
    await second.close();
  });

  it('believe nothing about a call from a machine that is not in it', async () => {
    const second = await raw.secondMachine();
    const callId = await invited();
    await raw.say(alice.id, answer(callId));
    await until(() => alice.call()?.phase === 'connecting');
    await second.say(alice.id, { type: 'hang-up', callId, reason: 'hung-up' });
    await second.say(alice.id, { type: 'media-state', callId, state: { microphone: false, camera: false } });
    await second.say(alice.id, { type: 'decline', callId });
    await second.say(alice.id, answer(callId));
    await second.next('cancel');
    expect(alice.call()).toMatchObject({ phase: 'connecting', peerMedia: { microphone: true } });
    await second.close();
  });
});

describe('what a call needs of the two machines', () => {
  it('goes to a contact path first, then the answer, and the media end when it is there', async () => {
    alice.media.enabled = false;
    const callId = newCallId();
    await raw.say(alice.id, inviteSignal(callId));
    const { signal: ringing } = await raw.next('ringing');
    expect(ringing.path?.ufrag).toBeTypeOf('string');
    alice.engine.calls.answer(callId, 'audio');
    const { signal: answered } = await raw.next('answer');
    expect(answered).not.toHaveProperty('path');
    expect(answered).not.toHaveProperty('description');
    expect(raw.said('prepare')).toBe(0);
    const endpointId = alice.call()?.endpoint?.id ?? '';
    alice.engine.calls.describe(callId, endpointId, { type: 'answer', sdp: sessionDescription('answer') });
    const { signal: prepared } = await raw.next('prepare');
    expect(prepared.path.ufrag).toBe(ringing.path?.ufrag);
  });

  it('is put together by the caller in whatever order it comes, and only where it belongs together', async () => {
    const callId = await invited();
    const endpointId = alice.call()?.endpoint?.id;
    const path = pathToNowhere();
    const description = { type: 'answer' as const, sdp: sessionDescription('answer') };
    await raw.say(alice.id, { type: 'ringing', callId, path });
    await raw.say(alice.id, answer(callId, false));
    await until(() => alice.call()?.phase === 'connecting');
    await raw.say(alice.id, { type: 'prepare', callId, path: pathToNowhere(), description });
    await raw.say(alice.id, { type: 'media-state', callId, state: { microphone: false, camera: false } });
    await until(() => alice.call()?.peerMedia.microphone === false);
    expect(alice.call()?.endpoint?.remote).toBeUndefined();
    await raw.say(alice.id, { type: 'prepare', callId, path, description });
    await until(() => alice.call()?.endpoint?.remote !== undefined);
    expect(alice.call()?.endpoint?.id).toBe(endpointId);
    expect(raw.said('offer')).toBe(0);
  });

  it('goes to a stranger with the answer and not before', async () => {
    const stranger = await new RawPeer(world.url).open();
    const callId = newCallId();
    await stranger.say(alice.id, inviteSignal(callId));
    const { signal: ringing } = await stranger.next('ringing');
    expect(ringing).not.toHaveProperty('path');
    alice.engine.calls.answer(callId, 'audio');
    const { signal: answered } = await stranger.next('answer');
    const { signal: prepared } = await stranger.next('prepare');
    expect(prepared.path.ufrag).toBe(answered.path?.ufrag);
    await stranger.close();
  });
});

describe('a caller whose app was restarted', () => {
  it('rings again instead of being told busy by its own dead call', async () => {
    const [dead, next] = [newCallId(), newCallId()];
    await raw.say(alice.id, inviteSignal(dead));
    await until(() => alice.call()?.id === dead);
    alice.engine.calls.answer(dead, 'audio');
    await raw.say(alice.id, inviteSignal(next));
    await until(() => alice.call()?.id === next && alice.call()?.phase === 'incoming');
    expect(alice.engine.calls.records()[0]).toMatchObject({ id: dead, end: 'peer-gone' });
    expect(raw.said('busy')).toBe(0);
  });

  it('is not taken for restarted because of an invitation from before', async () => {
    const second = await raw.secondMachine();
    const callId = newCallId();
    await raw.say(alice.id, inviteSignal(callId));
    await until(() => alice.call()?.id === callId);
    alice.engine.calls.answer(callId, 'audio');
    await second.say(alice.id, inviteSignal(newCallId()));
    await second.next('busy');
    expect(alice.call()).toMatchObject({ id: callId, phase: 'connecting' });
    await second.close();
  });
});

describe('a media end that is missing or fails', () => {
  it('is named to the other side when a new line to another machine cannot be made', async () => {
    const patience = new ImpatientClock(DESCRIBE_LIMIT_MS);
    const carol = await world.user('Carol', { outside: patience.outside });
    await befriendRaw(carol, raw);
    const callId = carol.engine.calls.place(raw.id, 'audio');
    await raw.next('invite');
    carol.media.enabled = false;
    await raw.say(carol.id, answer(callId, false));
    await until(() => carol.call()?.phase === 'connecting');
    expect(patience.fire(DESCRIBE_LIMIT_MS)).toBe(1);
    expect((await raw.next('hang-up')).signal.reason).toBe('media-failed');
    expect(carol.call()?.end).toBe('media-failed');
  });

  it('ends the call when the machine has no loopback port left', async () => {
    const counting = new CountingOutside();
    const carol = await world.user('Carol', { outside: counting.outside });
    await befriendRaw(carol, raw);
    counting.loopbackTaken = true;
    carol.engine.calls.place(raw.id, 'audio');
    await until(() => carol.call()?.end === 'media-failed');
  });

  it('is no matter of the caller where a machine of several only rings', async () => {
    const counting = new CountingOutside();
    const carol = await world.user('Carol', { outside: counting.outside });
    await befriendRaw(carol, raw);
    counting.loopbackTaken = true;
    const callId = newCallId();
    await raw.say(carol.id, inviteSignal(callId));
    await until(() => carol.call()?.end === 'media-failed');
    await raw.say(carol.id, { type: 'contact-request', name: 'Raw' });
    await raw.next('contact-accept');
    expect(raw.said('hang-up')).toBe(0);
  });

  it('that fails while it rings is told to the caller, who takes the call back everywhere', async () => {
    const bob = await world.user('Bob');
    await befriend(alice, bob);
    const callId = alice.engine.calls.place(bob.id, 'video');
    await until(() => alice.call()?.path.state === 'open' && bob.call()?.path.state === 'open');
    bob.engine.calls.mediaEvent(callId, bob.call()?.endpoint?.id ?? '', 'failed');
    await until(() => alice.call()?.end === 'media-failed' && bob.call()?.end === 'media-failed');
  });

  it('is not described any more once the call is over', async () => {
    alice.media.enabled = false;
    const callId = alice.engine.calls.place(raw.id, 'audio');
    const endpointId = alice.call()?.endpoint?.id ?? '';
    alice.engine.calls.hangUp(callId);
    expect(() =>
      alice.engine.calls.describe(callId, endpointId, { type: 'offer', sdp: sessionDescription('offer') }),
    ).toThrow('CALL_UNKNOWN');
    expect(raw.said('invite')).toBe(0);
  });
});

describe('a path that comes and goes', () => {
  let counting: CountingOutside;
  let carol: TestUser;
  let bob: TestUser;

  beforeEach(async () => {
    counting = new CountingOutside();
    carol = await world.user('Carol', { outside: counting.outside });
    bob = await world.user('Bob');
    await befriend(carol, bob);
  });

  async function prepared(): Promise<string> {
    const callId = carol.engine.calls.place(bob.id, 'audio');
    await until(() => carol.call()?.path.state === 'open' && bob.call()?.path.state === 'open');
    return callId;
  }

  it('is waited for when it was lost while it rang', async () => {
    const callId = await prepared();
    counting.cut = true;
    await until(() => carol.call()?.path.state === 'silent' && bob.call()?.path.state === 'silent');
    bob.engine.calls.answer(callId, 'audio');
    await until(() => carol.call()?.phase === 'connecting' && bob.call()?.phase === 'connecting');
    counting.cut = false;
    await until(() => carol.call()?.phase === 'active' && bob.call()?.phase === 'active');
  }, 20_000);

  it('can be hung up on while it is away', async () => {
    const callId = await prepared();
    counting.cut = true;
    await until(() => carol.call()?.path.state === 'silent');
    bob.engine.calls.answer(callId, 'audio');
    await until(() => carol.call()?.phase === 'connecting');
    carol.engine.calls.hangUp(callId);
    await until(() => bob.call()?.end === 'hung-up-there');
  }, 20_000);

  it('gets a new media end on both sides where one gave up meanwhile', async () => {
    const callId = await prepared();
    bob.engine.calls.answer(callId, 'audio');
    await until(() => carol.call()?.phase === 'active');
    counting.cut = true;
    await until(() => carol.call()?.path.state === 'silent');
    const before = [carol, bob].map((user) => user.call()?.endpoint?.id);
    carol.engine.calls.mediaEvent(callId, before[0] ?? '', 'failed');
    expect(carol.call()?.phase).toBe('active');
    counting.cut = false;
    await until(() =>
      [carol, bob].every(({ call }) => {
        const { endpoint, path, phase } = call() ?? {};
        const isNew = endpoint !== undefined && !before.includes(endpoint.id);
        return isNew && endpoint.remote !== undefined && path?.state === 'open' && phase === 'active';
      }),
    );
  }, 20_000);

  it('leaves nothing open when the app is closed in the middle of it', async () => {
    const callId = await prepared();
    bob.engine.calls.answer(callId, 'audio');
    await until(() => carol.call()?.phase === 'active');
    counting.cut = true;
    await carol.engine.stop();
    expect([...counting.timers]).toEqual([]);
    await until(() => counting.sockets === 0);
    await until(() => bob.call()?.end === 'app-closed-there');
  }, 20_000);
});

describe('the time line', () => {
  it('has an end, and room for what happened to the call', async () => {
    const callId = await invited();
    for (let count = 0; count < MAX_TIMELINE; count += 1) alice.engine.calls.serverChanged(count % 2 === 1);
    await raw.say(alice.id, answer(callId));
    await until(() => alice.call()?.phase === 'connecting');
    alice.engine.calls.hangUp(callId);
    const types = alice.call()?.timeline.map(({ type }) => type) ?? [];
    expect(types.length).toBeLessThan(MAX_TIMELINE + 8);
    expect(types.slice(-2)).toEqual(['answered', 'ended']);
  });
});

describe('fifty calls', () => {
  it('leave no socket and no timer behind', async () => {
    const counting = new CountingOutside();
    const carol = await world.user('Carol', { outside: counting.outside });
    const bob = await world.user('Bob');
    await befriend(carol, bob);
    await untilNetworkKnown(carol);
    const before = counting.sockets;
    for (let count = 0; count < 50; count += 1) {
      const caller = count % 2 === 0 ? carol : bob;
      const callee = count % 2 === 0 ? bob : carol;
      const callId = caller.engine.calls.place(callee.id, 'audio');
      if (count % 5 === 0) {
        caller.engine.calls.hangUp(callId);
      } else {
        await until(() => callee.call()?.id === callId && caller.call()?.phase === 'ringing');
        if (count % 3 === 0) callee.engine.calls.answer(callId, 'audio');
        if (count % 3 === 1) callee.engine.calls.decline(callId);
        else caller.engine.calls.hangUp(callId);
      }
      await until(() => caller.call()?.phase === 'ended' && callee.call()?.phase !== 'incoming');
      await until(() => !callee.engine.calls.inProgress);
    }
    await until(() => counting.sockets === before);
    await carol.engine.stop();
    expect([...counting.timers]).toEqual([]);
    expect(counting.sockets).toBe(0);
  }, 60_000);
});
