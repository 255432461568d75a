/** The client and the envelopes against the project's own server. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type RendezvousServer, startServer } from '../../../server/index.ts';
import type { ReceivedSignal } from '../../../shared/signal.ts';
import { identityFrom } from '../identity/identity.ts';
import { realOutside } from '../outside/real.ts';
import { RendezvousClient } from './client.ts';
import { Envelopes } from './envelopes.ts';

const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn() };
const { clock, random } = realOutside;
const callId = 'C'.repeat(22);

let server: RendezvousServer;
const clients: RendezvousClient[] = [];

beforeEach(async () => {
  server = await startServer({ host: '127.0.0.1', port: 0 });
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
  await server.close();
});

async function user(seed = randomBytes(32)) {
  const identity = identityFrom(seed, randomBytes(12).toString('base64url'));
  const client = new RendezvousClient({ url: server.url, identity, clock, random, logger });
  const envelopes = new Envelopes(identity, clock, random);
  const signals: ReceivedSignal[] = [];
  const presence: [string, boolean][] = [];
  client.on('envelope', async (envelope) => void signals.push(await envelopes.open(envelope)));
  client.on('presence', (userId, online) => presence.push([userId, online]));
  client.on('configuration', () => envelopes.serverClock(client.serverTimeOffsetMs));
  clients.push(client);
  client.start();
  await vi.waitFor(() => expect(client.state.state).toBe('connected'));
  return { userId: identity.userId, deviceId: identity.deviceId, client, envelopes, signals, presence };
}

test('two users see each other and talk, and every machine of one of them hears it', async () => {
  const alice = await user();
  const seed = randomBytes(32);
  const [bob, bobElsewhere] = [await user(seed), await user(seed)];
  alice.client.setContacts([bob.userId]);
  bob.client.setContacts([alice.userId]);
  await vi.waitFor(() => expect(alice.presence).toEqual([[bob.userId, true]]));

  const ringing = await alice.envelopes.seal(bob.userId, undefined, { type: 'ringing', callId });
  expect(await alice.client.send(ringing, 0)).toEqual({ devices: 2, kept: false });
  const busy = await alice.envelopes.seal(bob.userId, bob.deviceId, { type: 'busy', callId });
  expect(await alice.client.send(busy, 0)).toEqual({ devices: 1, kept: false });

  await vi.waitFor(() => expect(bob.signals.map(({ signal }) => signal.type)).toEqual(['ringing', 'busy']));
  await vi.waitFor(() => expect(bobElsewhere.signals.map(({ signal }) => signal.type)).toEqual(['ringing']));
  expect(bob.signals[0]).toMatchObject({ from: alice.userId, fromDevice: alice.deviceId });
});

test('a contact request waits for somebody who is away, and comes once', async () => {
  const alice = await user();
  const seed = randomBytes(32);
  const { userId } = identityFrom(seed, 'A'.repeat(16));
  const request = await alice.envelopes.seal(userId, undefined, { type: 'contact-request', name: 'Alice' });
  expect(await alice.client.send(request, 60_000)).toEqual({ devices: 0, kept: true });

  const bob = await user(seed);

  await vi.waitFor(() => expect(bob.signals).toHaveLength(1));
  expect(bob.signals[0]?.signal).toEqual({ type: 'contact-request', name: 'Alice' });
});

test('a server that goes and comes back is found again, and what was under way arrives', async () => {
  const alice = await user();
  const bob = await user();
  const { port } = server;
  await server.close();
  await vi.waitFor(() => expect(alice.client.state.state).not.toBe('connected'));
  const envelope = await alice.envelopes.seal(bob.userId, undefined, { type: 'ringing', callId });
  // Kept, because Bob may come back after Alice.
  const sent = alice.client.send(envelope, 60_000);

  server = await startServer({ host: '127.0.0.1', port });

  expect(['devices', 'kept']).toEqual(Object.keys(await sent));
  await vi.waitFor(() => expect(bob.signals).toHaveLength(1), { timeout: 10_000 });
});

test('asks who could forward a call, and says how a carrier did', async () => {
  const alice = await user();
  const bob = await user();
  const keys = [{ A: randomBytes(32).toString('base64url'), B: randomBytes(32).toString('base64url') }];
  const end = { landmarks: [] };

  const answer = await alice.client.findCarriers({
    keys,
    ends: [end, end],
    exclude: [],
    otherUser: bob.userId,
  });
  alice.client.reportCarrier(randomBytes(32).toString('base64url'), 'failed');

  expect(answer?.carriers.map(({ kind }) => kind)).toEqual(['relay']);
  const metrics = `${server.url.replace('ws:', 'http:')}/metrics`;
  await vi.waitFor(async () =>
    // Nobody gave her a ticket for that one, so it does not count.
    expect(await (await fetch(metrics)).text()).toContain(
      'byway_carrier_reports_total{outcome="without-ticket"} 1',
    ),
  );
});
