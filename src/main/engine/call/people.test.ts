/** How two people come to know each other, in every order. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { befriend, type TestUser, TestWorld, until } from '../../../../test/support/users.ts';

let world: TestWorld;
let alice: TestUser;
let bob: TestUser;

beforeEach(async () => {
  world = await new TestWorld().open();
  alice = await world.user('Alice');
  bob = await world.user('Bob');
});
afterEach(() => world.close());

const state = (user: TestUser, other: TestUser) => user.engine.people.contact(other.id)?.state;
const asks = (user: TestUser, other: TestUser) =>
  other.engine.people.snapshot().requests.some(({ userId }) => userId === user.id);
const seeEachOther = () => alice.engine.people.isOnline(bob.id) && bob.engine.people.isOnline(alice.id);

async function online(user: TestUser): Promise<void> {
  user.engine.app.reconnect();
  await until(() => user.engine.app.state().server.state === 'connected');
}

describe('adding somebody', () => {
  it('asks them, and both are contacts once they accept', async () => {
    const contact = alice.engine.people.add(bob.link());
    expect(contact).toMatchObject({ name: 'Bob', state: 'waiting', online: false });
    await until(() => asks(alice, bob));
    // Nobody is shown to somebody they have not accepted.
    expect(alice.engine.people.isOnline(bob.id)).toBe(false);
    bob.engine.people.acceptRequest(alice.id);
    await until(() => state(alice, bob) === 'mutual' && state(bob, alice) === 'mutual');
    await until(seeEachOther);
    expect(bob.engine.people.snapshot().requests).toEqual([]);
  });

  it('needs no acceptance when both add each other at once', async () => {
    alice.engine.people.add(bob.link());
    bob.engine.people.add(alice.link());
    await until(() => state(alice, bob) === 'mutual' && state(bob, alice) === 'mutual');
    await until(seeEachOther);
    expect(alice.engine.people.snapshot().requests).toEqual([]);
    expect(bob.engine.people.snapshot().requests).toEqual([]);
  });

  it('is an acceptance where they have asked already', async () => {
    alice.engine.people.add(bob.link());
    await until(() => asks(alice, bob));
    expect(bob.engine.people.add(alice.link(), 'My Alice')).toMatchObject({
      state: 'mutual',
      name: 'My Alice',
    });
    await until(() => state(alice, bob) === 'mutual');
  });

  it('reaches somebody who is away', async () => {
    await bob.engine.stop();
    alice.engine.people.add(bob.link());
    const back = await world.user('Bob', { dataDirectory: bob.directory });
    await until(() => asks(alice, back));
    back.engine.people.acceptRequest(alice.id);
    await until(() => state(alice, bob) === 'mutual');
  });

  it('is made up for when we were away ourselves', async () => {
    await world.stopServer();
    await until(() => alice.engine.app.state().server.state !== 'connected');
    alice.engine.people.add(bob.link());
    alice.engine.app.setName('Alice Again');
    await world.open();
    await Promise.all([online(alice), online(bob)]);
    await until(() => asks(alice, bob));
    bob.engine.people.acceptRequest(alice.id);
    await until(() => state(alice, bob) === 'mutual');
  });

  it('comes through although the acceptance was lost with the server', async () => {
    alice.engine.people.add(bob.link());
    await until(() => asks(alice, bob));
    await world.stopServer();
    await until(() => bob.engine.app.state().server.state !== 'connected');
    bob.engine.people.acceptRequest(alice.id);
    await bob.engine.stop();
    await world.open();
    const back = await world.user('Bob', { dataDirectory: bob.directory });
    await online(alice);
    await until(() => state(alice, bob) === 'mutual' && state(back, alice) === 'mutual');
  });

  it.each([
    ['the own link', () => alice.link(), 'LINK_OWN'],
    [
      'a damaged link',
      () => bob.link().replace(/add\/(.)/, (_, first) => `add/${first === '1' ? '2' : '1'}`),
      'LINK_CHECKSUM',
    ],
    ['something else', () => 'https://example.org/', 'LINK_UNREADABLE'],
  ])('refuses %s', (_, link, code) => {
    expect(() => alice.engine.people.add(link())).toThrow(code);
  });

  it('refuses somebody who is known already', async () => {
    await befriend(alice, bob);
    expect(() => alice.engine.people.add(bob.link())).toThrow('CONTACT_KNOWN');
  });
});

describe('a request', () => {
  it('that is ignored tells nothing, and may be made again', async () => {
    alice.engine.people.add(bob.link());
    await until(() => asks(alice, bob));
    bob.engine.people.ignoreRequest(alice.id);
    expect(asks(alice, bob)).toBe(false);
    expect(state(alice, bob)).toBe('waiting');
    expect(() => bob.engine.people.acceptRequest(alice.id)).toThrow('CONTACT_UNKNOWN');
    alice.engine.people.remove(bob.id);
    alice.engine.people.add(bob.link());
    await until(() => asks(alice, bob));
  });

  it('is announced once, whatever happens to the connection', async () => {
    let asked = 0;
    bob.engine.people.on('asked', () => {
      asked += 1;
    });
    alice.engine.people.add(bob.link());
    await until(() => asks(alice, bob));
    await world.stopServer();
    await world.open();
    await Promise.all([online(alice), online(bob)]);
    const carol = await world.user('Carol');
    carol.engine.people.add(bob.link());
    await until(() => asks(carol, bob));
    expect(asked).toBe(2);
  });
});

describe('somebody who was removed', () => {
  it('sees us go, and is found again when added anew', async () => {
    await befriend(alice, bob);
    alice.engine.people.remove(bob.id);
    await until(() => !bob.engine.people.isOnline(alice.id));
    expect(state(bob, alice)).toBe('mutual');
    alice.engine.people.add(bob.link());
    // They still know us: nobody is asked.
    await until(() => state(alice, bob) === 'mutual');
    await until(seeEachOther);
    expect(bob.engine.people.snapshot().requests).toEqual([]);
  });
});

describe('somebody who is blocked', () => {
  it('sees us go, is not heard, and comes back when unblocked', async () => {
    await befriend(alice, bob);
    bob.engine.people.block(alice.id);
    await until(() => !alice.engine.people.isOnline(bob.id));
    expect(bob.engine.people.isOnline(alice.id)).toBe(false);
    alice.engine.people.remove(bob.id);
    alice.engine.people.add(bob.link());
    const carol = await world.user('Carol');
    carol.engine.people.add(bob.link());
    await until(() => asks(carol, bob));
    expect(asks(alice, bob)).toBe(false);
    expect(state(bob, alice)).toBe('blocked');
    expect(state(alice, bob)).toBe('waiting');

    bob.engine.people.unblock(alice.id);

    await until(() => state(alice, bob) === 'mutual' && state(bob, alice) === 'mutual');
    await until(seeEachOther);
  });

  it('may be a stranger, whose request goes away with it', async () => {
    alice.engine.people.add(bob.link());
    await until(() => asks(alice, bob));
    bob.engine.people.block(alice.id);
    expect(bob.engine.people.snapshot()).toMatchObject({
      requests: [],
      contacts: [{ userId: alice.id, name: 'Alice', state: 'blocked', online: false }],
    });
    expect(() => bob.engine.calls.place(alice.id, 'audio')).toThrow('CONTACT_BLOCKED');
  });

  it('stays blocked after a restart', async () => {
    await befriend(alice, bob);
    bob.engine.people.block(alice.id);
    await bob.engine.stop();
    const back = await world.user('Bob', { dataDirectory: bob.directory });
    const carol = await world.user('Carol');
    await befriend(carol, back);
    alice.engine.calls.place(bob.id, 'audio');
    await until(() => alice.media.described.length === 1);
    const callId = carol.engine.calls.place(bob.id, 'audio');
    await until(() => back.call()?.id === callId);
    expect(back.engine.calls.records()).toEqual([]);
  });
});
