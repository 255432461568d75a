/** What our codec asks by RFC 5780, understood by coturn's server; and what that answers, understood by our codec. */
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { findAttribute } from '../../src/main/engine/stun/message.ts';
import { startCoturn } from '../support/coturn.ts';
import { needProgram } from '../support/needs.ts';
import { StunClient } from '../support/stun-client.ts';

async function openClient(): Promise<StunClient> {
  const client = await StunClient.open('127.0.0.1');
  onTestFinished(() => client.close());
  return client;
}

async function start(context: TestContext) {
  const coturn = await startCoturn(await needProgram(context, 'turnserver', 'coturn'));
  onTestFinished(() => coturn.stop());
  return coturn;
}

describe("coturn's server", () => {
  it('answers our requests from the address and port that they ask for, and names the others', async (context) => {
    const { corners } = await start(context);
    const client = await openClient();

    // Asked at its second address, coturn 4.6.1 takes that for the other one too: it names itself, and stays when it is to change.
    for (const at of [0, 1] as const) {
      for (const [changed, changeAddress, changePort] of [
        [0, false, false],
        [1, false, true],
        [2, true, false],
        [3, true, true],
      ] as const) {
        const { message, from } = await client.ask(corners[at], [
          { name: 'change-request', changeAddress, changePort },
        ]);

        expect(from).toEqual(corners[at ^ changed]);
        expect(findAttribute(message, 'response-origin')).toMatchObject(from);
        expect(findAttribute(message, 'other-address')).toMatchObject(corners[at ^ 3] ?? {});
        expect(findAttribute(message, 'xor-mapped-address')).toMatchObject({
          address: '127.0.0.1',
          port: client.port,
        });
      }
    }
  });

  it('answers to another port of ours', async (context) => {
    const { corners } = await start(context);
    const asking = await openClient();
    const hearing = await openClient();

    const { message } = await asking.ask(
      corners[0],
      [{ name: 'response-port', port: hearing.port }],
      undefined,
      hearing,
    );

    expect(findAttribute(message, 'xor-mapped-address')).toMatchObject({ port: asking.port });
  });
});
