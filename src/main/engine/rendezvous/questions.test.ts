import { describe, expect, test } from 'vitest';
import type { ClientFrame } from '../../../shared/rendezvous.ts';
import { SeededRandom } from '../outside/testing/seeded-random.ts';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import { ANSWER_LIMIT_MS, MAX_OPEN_QUESTIONS } from './constants.ts';
import { Questions } from './questions.ts';

const question = { keys: [], ends: [{ landmarks: [] }, { landmarks: [] }], exclude: [] } satisfies Parameters<
  Questions['ask']
>[0];

function setUp() {
  const clock = new SimulatedClock();
  const sent: Extract<ClientFrame, { type: 'find-carriers' }>[] = [];
  const send = (frame: ClientFrame) => {
    if (frame.type === 'find-carriers') sent.push(frame);
    return true;
  };
  return { clock, sent, send, questions: new Questions(clock, new SeededRandom('questions')) };
}

describe('a question to the server', () => {
  test('gets its own answer, in any order', async () => {
    const { questions, sent, send, clock } = setUp();
    const answers = [questions.ask(question, send), questions.ask(question, send)];

    for (const { requestId } of [...sent].reverse()) {
      questions.answered({ type: 'carriers', requestId, carriers: [] });
    }

    expect((await Promise.all(answers)).map((answer) => answer?.requestId)).toEqual(
      sent.map(({ requestId }) => requestId),
    );
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends without one when it takes too long, when nobody wants it, and when the connection is gone', async () => {
    const { questions, sent, send, clock } = setUp();
    const unwanted = new AbortController();
    const late = questions.ask(question, send);
    const aborted = questions.ask(question, send, unwanted.signal);

    unwanted.abort();
    await clock.run(ANSWER_LIMIT_MS);
    const lost = questions.ask(question, send);
    questions.failAll();

    expect(await Promise.all([late, aborted, lost])).toEqual([null, null, null]);
    expect(clock.pendingTimers).toBe(0);
    // What comes afterwards is nobody's.
    questions.answered({ type: 'carriers', requestId: sent[0]?.requestId ?? '', carriers: [] });
  });

  test('is not asked where there is no connection, or too much under way', async () => {
    const { questions, send, clock } = setUp();
    const none = await questions.ask(question, () => false);
    const many = Array.from({ length: MAX_OPEN_QUESTIONS + 1 }, () => questions.ask(question, send));

    expect([none, await many.at(-1)]).toEqual([null, null]);
    questions.failAll();
    await Promise.all(many);
    expect(clock.pendingTimers).toBe(0);
  });
});
