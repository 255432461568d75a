import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { TestClient } from '../testing/client.ts';
import { testServer } from '../testing/server.ts';
import { CREDENTIAL_LIFE_S, TURN_QUESTION_BURST } from './constants.ts';

const URIS = ['turn:turn.example:3478?transport=udp', 'turns:turn.example:5349?transport=tcp'];
const REQUEST_ID = 'AAAAAAAAAAAAAAAA';

async function connect(turn?: { uris: string[]; secret: string }) {
  const server = await testServer({ turn });
  const { client, welcome } = await TestClient.connect(server.url);
  const ask = async () => {
    client.send({ type: 'find-turn', requestId: REQUEST_ID });
    return (await client.next('turn-servers')).servers;
  };
  return { server, client, welcome, ask };
}

describe('credentials for TURN servers', () => {
  test('are made anew for each question, end soon, and name nobody', async () => {
    const { server, client, welcome, ask } = await connect({ uris: URIS, secret: 'shared' });

    const [first, second] = [await ask(), await ask()];

    expect(welcome.configuration.turn).toBe(true);
    expect(first.map(({ uri }) => uri)).toEqual(URIS);
    const { username = '', credential } = first[0] ?? {};
    expect(Number(username.split(':')[0])).toBe(
      Math.floor(server.clock.wallNow() / 1_000) + CREDENTIAL_LIFE_S,
    );
    expect(credential).toBe(createHmac('sha1', 'shared').update(username).digest('base64'));
    expect(username).not.toContain(client.userId);
    expect(second[0]?.username).not.toBe(username);
  });

  test('are not given to who asks too often', async () => {
    const { ask } = await connect({ uris: URIS, secret: 'shared' });
    for (let count = 0; count < TURN_QUESTION_BURST; count++) expect(await ask()).not.toEqual([]);

    expect(await ask()).toEqual([]);
  });

  test('are none where the server names no TURN servers', async () => {
    const { welcome, ask } = await connect();

    expect(welcome.configuration.turn).toBeUndefined();
    expect(await ask()).toEqual([]);
  });
});
