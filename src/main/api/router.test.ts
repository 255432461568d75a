/** The contract as a page uses it: over a message port, with a real engine behind it. */
import { rm } from 'node:fs/promises';
import { createORPCClient, ORPCError, safe } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { RPCHandler } from '@orpc/server/message-port';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionDescription } from '../../../test/support/session-description.ts';
import { befriend, lending, type TestUser, TestWorld, until } from '../../../test/support/users.ts';
import type { CallSnapshot } from '../../shared/call.ts';
import type { Contract } from '../../shared/contract.ts';
import { createRouter } from './router.ts';

type Api = ContractRouterClient<Contract>;

/** A page on an engine, which shows the call of the moment. */
class Page {
  readonly api: Api;
  call: CallSnapshot | null = null;
  readonly #ports = new MessageChannel();
  readonly watching: Promise<void>;

  constructor(handler: RPCHandler<Record<never, never>>) {
    handler.upgrade(this.#ports.port1, { context: {} });
    this.#ports.port1.start();
    this.api = createORPCClient(new RPCLink({ port: this.#ports.port2 }));
    this.#ports.port2.start();
    this.watching = this.#watch().catch(() => undefined);
  }

  async #watch(): Promise<void> {
    for await (const { call } of await this.api.calls.watch()) this.call = call;
  }

  close(): void {
    this.#ports.port2.close();
  }
}

let world: TestWorld;
let alice: TestUser;
let bob: TestUser;
let handler: RPCHandler<Record<never, never>>;
let pages: Page[];

function openPage(): Page {
  const page = new Page(handler);
  pages.push(page);
  return page;
}

beforeEach(async () => {
  world = await new TestWorld().open();
  alice = await world.user('Alice');
  bob = await world.user('Bob');
  handler = new RPCHandler(createRouter(alice.engine));
  pages = [];
});
afterEach(async () => {
  for (const page of pages) page.close();
  await world.close();
});

async function codeOf(asked: Promise<unknown>): Promise<string> {
  const { error } = await safe(asked);
  return error instanceof ORPCError ? error.code : String(error);
}

const nobody = 'A'.repeat(43);
const noCall = 'A'.repeat(22);

describe('what a page asks', () => {
  it.each<[string, (api: Api) => Promise<unknown>]>([
    ['a name that is none', (api) => api.app.setName({ name: ' ' })],
    ['a server that is no WebSocket', (api) => api.app.updateSettings({ serverUrl: 'https://example.org' })],
    ['a link without end', (api) => api.contacts.add({ link: 'x'.repeat(513) })],
    ['a user ID that is none', (api) => api.contacts.remove({ userId: '../x' })],
    ['a pause without end', (api) => api.volunteer.pause({ minutes: 100_000 })],
    ['a call to nobody', (api) => api.calls.place({ userId: '', media: 'audio' })],
    ['a call of another kind', (api) => api.calls.place({ userId: nobody, media: 'smell' as 'audio' })],
    [
      'a description too long',
      (api) =>
        api.calls.describe({
          callId: noCall,
          endpointId: 'x',
          description: { type: 'offer', sdp: 'x'.repeat(16_385) },
        }),
    ],
    [
      'an event that is none',
      (api) => api.calls.mediaEvent({ callId: noCall, endpointId: 'x', event: 'exploded' as 'failed' }),
    ],
  ])('is refused when it is %s', async (_, ask) => {
    expect(await codeOf(ask(openPage().api))).toBe('BAD_REQUEST');
  });

  it.each<[string, (api: Api) => Promise<unknown>]>([
    ['LINK_UNREADABLE', (api) => api.contacts.add({ link: 'hello' })],
    ['LINK_OWN', (api) => api.contacts.add({ link: alice.link() })],
    ['CONTACT_UNKNOWN', (api) => api.contacts.acceptRequest({ userId: nobody })],
    ['CONTACT_UNKNOWN', (api) => api.contacts.rename({ userId: nobody, name: 'X' })],
    ['CONTACT_UNKNOWN', (api) => api.calls.place({ userId: nobody, media: 'audio' })],
    ['CALL_UNKNOWN', (api) => api.calls.hangUp({ callId: noCall })],
    ['CALL_UNKNOWN', (api) => api.calls.answer({ callId: noCall, media: 'audio' })],
  ])('fails with %s where the engine says so', async (code, ask) => {
    const { error, isDefined } = await safe(ask(openPage().api));
    expect(isDefined).toBe(true);
    expect((error as ORPCError<string, unknown>).code).toBe(code);
  });

  it("fails with the disk's name when nothing can be written", async () => {
    await rm(alice.directory, { recursive: true });
    const { api } = openPage();
    expect(await codeOf(api.app.setName({ name: 'Alice B' }))).toBe('STORE_UNWRITABLE');
    expect(await codeOf(api.app.updateSettings({ theme: 'dark' }))).toBe('STORE_UNWRITABLE');
    expect(await codeOf(api.contacts.add({ link: bob.link() }))).toBe('STORE_UNWRITABLE');
    expect(await codeOf(api.contacts.block({ userId: bob.id }))).toBe('STORE_UNWRITABLE');
    expect(await codeOf(api.volunteer.pause({ minutes: 60 }))).toBe('STORE_UNWRITABLE');
  });

  it("fails with the disk's name also when it is to forget", async () => {
    await befriend(alice, bob);
    const callId = alice.engine.calls.place(bob.id, 'audio');
    alice.engine.calls.hangUp(callId);
    // The engine may just be writing there.
    await rm(alice.directory, { recursive: true, maxRetries: 5 });
    expect(await codeOf(openPage().api.calls.clearRecent())).toBe('STORE_UNWRITABLE');
  });
});

describe('watching', () => {
  it('tells the report of the network, and again when it has changed', async () => {
    const { api } = openPage();
    for await (const report of await api.network.report()) {
      if (report.udp === 'works' && report.IPv4.behaviour?.allocation !== undefined && !report.running) break;
    }
    expect(await codeOf(api.network.refresh())).toBe('null');
  });

  it('tells of a pause of volunteering, and of its end', async () => {
    const { api } = openPage();
    await api.app.updateSettings({ volunteer: lending() });
    const rules: (string | undefined)[] = [];
    for await (const { rest, state } of await api.volunteer.watch()) {
      const rule = rest?.rule;
      if (rules.at(-1) !== rule || rules.length === 0) rules.push(rule);
      if (rules.length === 1) await api.volunteer.pause({ minutes: 60 });
      if (rule === 'paused' && state === 'resting') await api.volunteer.resume();
      if (rules.length === 3) break;
    }

    expect(rules).toEqual([undefined, 'paused', undefined]);
  });

  it('gives the present state at once and each change of it', async () => {
    const { api } = openPage();
    const states = await api.app.watch();
    expect((await states.next()).value).toMatchObject({ profile: { name: 'Alice' } });
    const people = await api.contacts.watch();
    expect((await people.next()).value).toEqual({ contacts: [], requests: [] });
    await api.app.setName({ name: 'Alice B' });
    let name = '';
    for await (const state of states) {
      name = state.profile.name;
      if (name === 'Alice B') break;
    }
    await api.contacts.add({ link: bob.link() });
    expect((await people.next()).value).toMatchObject({ contacts: [{ name: 'Bob', state: 'waiting' }] });
    await people.return?.();
  });

  it("ends with the page or with the page's word, and leaves no listener behind", async () => {
    const { app, people, calls } = alice.engine;
    const count = () =>
      app.listenerCount('changed') +
      people.listenerCount('changed') +
      calls.listenerCount('changed') +
      calls.listenerCount('recent');
    const before = count();
    const page = openPage();
    const streams = [
      await page.api.app.watch(),
      await page.api.contacts.watch(),
      await page.api.calls.recent(),
      await page.api.network.watch(),
    ];
    await Promise.all(streams.map((stream) => stream.next()));
    await until(() => count() === before + 4);
    await streams[0]?.return?.();
    await until(() => count() === before + 3);
    page.close();
    await until(() => count() === before);
  });
});

describe('several pages on one engine', () => {
  beforeEach(async () => {
    await befriend(alice, bob);
    alice.media.enabled = false;
  });

  async function describeEnd(page: Page, type: 'offer' | 'answer' = 'offer'): Promise<void> {
    const { id, endpoint } = page.call ?? {};
    if (!id || !endpoint) throw new Error('there is nothing to describe');
    await page.api.calls.describe({
      callId: id,
      endpointId: endpoint.id,
      description: { type, sdp: sessionDescription(type) },
    });
  }

  async function inCall(first: Page, second: Page): Promise<{ callId: string; endpointId: string }> {
    const { callId } = await first.api.calls.place({ userId: bob.id, media: 'audio' });
    await until(() => [first, second].every(({ call }) => call?.endpoint !== undefined));
    const endpointId = second.call?.endpoint?.id ?? '';
    const late = describeEnd.bind(null, second);
    await describeEnd(first);
    expect(await codeOf(late())).toBe('DESCRIPTION_UNUSABLE');
    await until(() => bob.call()?.phase === 'incoming' && alice.call()?.path.state === 'open');
    bob.engine.calls.answer(callId, 'audio');
    await until(() => alice.call()?.phase === 'active');
    return { callId, endpointId };
  }

  it('have one media end among them: the first that described itself', async () => {
    const [first, second] = [openPage(), openPage()];
    await inCall(first, second);
    await until(() => first.call?.phase === 'active' && second.call?.phase === 'active');
    expect(first.call).toMatchObject({ maySendMedia: true, endpoint: { role: 'offerer' } });
    expect(second.call).toMatchObject({ maySendMedia: false });
    expect(second.call?.endpoint).toBeUndefined();
  });

  it('have it where the call was placed with an offer at hand', async () => {
    const [first, second] = [openPage(), openPage()];
    const offer = {
      endpointId: 'of-the-first',
      description: { type: 'offer' as const, sdp: sessionDescription('offer') },
    };
    await first.api.calls.place({ userId: bob.id, media: 'audio', offer });
    await until(() => first.call?.endpoint?.id === 'of-the-first' && second.call !== null);
    expect(second.call?.endpoint).toBeUndefined();
    const again = first.api.calls.place({
      userId: bob.id,
      media: 'audio',
      offer: { ...offer, endpointId: 'of-nobody' },
    });
    expect(await codeOf(again)).toBe('CALL_IN_PROGRESS');
    expect(await codeOf(second.api.calls.place({ userId: bob.id, media: 'audio', offer }))).toBe(
      'CALL_IN_PROGRESS',
    );
    await until(() => first.call?.endpoint?.remote !== undefined);
    expect(second.call?.endpoint).toBeUndefined();
  });

  it('have it where an answer was made ahead, and none when that page is gone', async () => {
    const [first, second] = [openPage(), openPage()];
    const answer = (endpointId: string) => ({
      endpointId,
      offer: { type: 'offer' as const, sdp: sessionDescription('offer') },
      description: { type: 'answer' as const, sdp: sessionDescription('answer') },
    });
    await first.api.calls.readyAnswer({ answer: answer('of-the-first') });
    await second.api.calls.readyAnswer({ answer: null });
    bob.engine.calls.place(alice.id, 'audio');
    await until(() => first.call?.endpoint?.id === 'of-the-first' && second.call !== null);
    expect(second.call?.endpoint).toBeUndefined();
    bob.engine.calls.hangUp(bob.call()?.id ?? '');
    await until(() => first.call?.phase === 'ended');

    await first.api.calls.readyAnswer({ answer: answer('of-one-that-goes') });
    const before = alice.engine.calls.listenerCount('changed');
    first.close();
    await until(() => alice.engine.calls.listenerCount('changed') === before - 1);
    bob.engine.calls.place(alice.id, 'audio');
    await until(() => second.call?.phase === 'incoming' && second.call.endpoint !== undefined);
    expect(second.call?.endpoint?.id).not.toBe('of-one-that-goes');
  });

  it('do not end the call when the one without the media end fails, nor speak for the other', async () => {
    const [first, second] = [openPage(), openPage()];
    const { callId, endpointId } = await inCall(first, second);
    await second.api.calls.mediaEvent({ callId, endpointId, event: 'failed' });
    await second.api.calls.setMediaState({ callId, state: { microphone: false, camera: false } });
    await first.api.calls.setMediaState({ callId, state: { microphone: true, camera: true } });
    await until(() => bob.call()?.peerMedia.camera === true);
    expect(alice.call()?.phase).toBe('active');
    await first.api.calls.mediaEvent({ callId, endpointId, event: 'failed' });
    await until(() => alice.call()?.end === 'media-failed');
  });

  it('do not take the media end from one another, only from one that is gone', async () => {
    const [first, second] = [openPage(), openPage()];
    const { callId, endpointId } = await inCall(first, second);
    await second.api.calls.remakeEndpoint({ callId, endpointId });
    expect(alice.call()?.endpoint?.id).toBe(endpointId);
    first.close();
    await until(() => second.call?.endpoint !== undefined);
    await second.api.calls.remakeEndpoint({ callId, endpointId });
    await until(() => second.call?.endpoint !== undefined && second.call.endpoint.id !== endpointId);
    await describeEnd(second);
    await until(() => second.call?.endpoint?.remote !== undefined && second.call.phase === 'active');
    expect(second.call?.maySendMedia).toBe(true);
  });

  it('can each hang up', async () => {
    const [first, second] = [openPage(), openPage()];
    const { callId } = await inCall(first, second);
    await second.api.calls.hangUp({ callId });
    await until(() => first.call?.end === 'hung-up-here');
  });

  it('may speak again for the media end when the page that had it is gone', async () => {
    const [first, second] = [openPage(), openPage()];
    const { callId, endpointId } = await inCall(first, second);
    first.close();
    await until(() => second.call?.endpoint !== undefined);
    await second.api.calls.mediaEvent({ callId, endpointId, event: 'failed' });
    await until(() => alice.call()?.end === 'media-failed');
  });
});

describe('a page about volunteering', () => {
  it('sees what becomes of the switch', async () => {
    const { api } = openPage();
    const states: string[] = [];
    const watching = (async () => {
      for await (const { state } of await api.volunteer.watch()) states.push(state);
    })().catch(() => undefined);
    await until(() => states.length > 0);
    expect(states).toEqual(['off']);

    const volunteer = { ...alice.engine.app.state().settings.volunteer, enabled: true };
    await api.app.updateSettings({ volunteer, volunteerAsked: true });
    await until(() => states.at(-1) === 'offered');
    await api.app.updateSettings({ volunteer: { ...volunteer, enabled: false } });
    await until(() => states.at(-1) === 'off');

    pages.splice(0).forEach((page) => {
      page.close();
    });
    await watching;
  });
});
