/** A call whose nodes die one after another, sooner than anybody forgets the one before. */
import { expect, it } from 'vitest';
import { SimulatedInternet } from './internet.ts';
import { siteOfKind } from './kinds.ts';
import { SimulatedRendezvous } from './rendezvous.ts';
import { Talk } from './talk.ts';
import { User } from './user.ts';

const LINE = { delayMs: 15 };
/** Every site has it to the server and back. */
const TO_SERVER = { delayMs: 20, jitterMs: 5 };
/** What they lend: two calls each. */
const LOAN = { bridges: 2, kbitPerS: 6_000 };
/** Both NATs and all nodes are known by then, ms. */
const WARM_UP_MS = 20_000;
/** A node stands by 7 s after a call connects. */
const BEFORE_FIRST_MS = 9_000;
/** Between two deaths: another stands by after 2 s, and the dead one would be remembered for 12 s. */
const BETWEEN_MS = 9_000;
const NODES = 5;
const DEATHS = 3;
/** The server learns of a death so much later. */
const NOTICED_MS = 20_000;
/** SWITCH_MS, the two pulses, and two round trips through a node with the packets that are under way, ms. */
const LONGEST_GAP_MS = 600;

it('is heard again as soon as after the first death', async () => {
  const internet = new SimulatedInternet('dying nodes');
  const { clock } = internet;
  /** Moves time on until all of it has come about. */
  const withTime = async <Result>(work: readonly Promise<Result>[]): Promise<Result[]> => {
    const result = Promise.all(work);
    let isOver = false;
    void result.finally(() => {
      isOver = true;
    });
    await clock.until(() => isOver, WARM_UP_MS);
    return result;
  };
  const server = await SimulatedRendezvous.start(internet);
  const user = (name: string, kind: 'sym' | 'open') =>
    new User({
      internet,
      server,
      name,
      kind,
      site: siteOfKind(internet, kind, LINE),
      toServer: TO_SERVER,
      lends: kind === 'open' ? LOAN : undefined,
    });
  const [ada, ben] = [user('Ada', 'sym'), user('Ben', 'sym')];
  const nodes = Array.from({ length: NODES }, (_, index) => user(`node ${index}`, 'open'));
  const all = [ada, ben, ...nodes];
  await withTime(all.map((each) => each.start()));
  for (const node of nodes) node.lend(true);
  await clock.run(WARM_UP_MS);

  const talk = new Talk(internet, ada, ben, TO_SERVER);
  const over = talk.run(BEFORE_FIRST_MS + DEATHS * BETWEEN_MS);
  await clock.run(BEFORE_FIRST_MS);
  for (let death = 0; death < DEATHS; death++) {
    const carrying = nodes.find((node) => {
      const end = node.publicEnd();
      return end && talk.isThrough(end);
    });
    const end = carrying?.publicEnd();
    if (!carrying || !end) throw new Error('no node carries the call');
    talk.nodeGoes('killed', end);
    const gone = carrying.kill(NOTICED_MS);
    await clock.run(BETWEEN_MS);
    await gone;
  }
  await withTime([over]);
  const { losses, heardToTheEnd } = await over;

  expect(heardToTheEnd).toBe(true);
  expect(losses).toHaveLength(DEATHS);
  for (const { gapMs } of losses) expect(gapMs).toBeLessThan(LONGEST_GAP_MS);

  await withTime(all.map((each) => each.stop()));
  server.close();
}, 60_000);
