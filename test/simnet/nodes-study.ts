/**
 * Many users on one simulated internet, hundreds of calls among them at a time, and some users who lend their lines, come, and go: does
 * every call connect, over what, at whose cost?
 */
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import { SimulatedInternet } from './internet.ts';
import { type Kind, siteOfKind, siteWithWebSockets } from './kinds.ts';
import { randomLine } from './line-mix.ts';
import { randomKind } from './mix.ts';
import { type NodesStudy, Tally } from './nodes-tally.ts';
import { WEB_SOCKET_PORT } from './relay.ts';
import { SimulatedRendezvous } from './rendezvous.ts';
import { Talk } from './talk.ts';
import { User } from './user.ts';
import { comeAndGo, drawLoan, STAYS, type Stays } from './volunteering.ts';

export interface NodesStudyOptions {
  readonly seed: string;
  readonly users: number;
  /** Calls at a time. */
  readonly calls: number;
  /** For so long calls are placed, ms; those that are under way then are talked to their end. */
  readonly durationMs: number;
  /** A call is talked this long at the least, and up to twice as long, ms. */
  readonly talkMs: number;
  /** Where somebody is; as often as each kind is met, when absent. */
  readonly drawKind?: (random: SeededRandom) => Kind;
  /** For how long a line is lent and not lent, on average; as `volunteering.ts` says, when absent. */
  readonly stays?: Stays;
  /** Told of every minute that has passed. */
  readonly onProgress: (passedMs: number, callsOver: number) => void;
}

/** The apps start over this time, ms. */
const START_MS = 10_000;
/** What is to be found out about the NATs is known by then, and whose node is of use, ms. */
const WARM_UP_MS = 20_000;
/** The first calls are placed over this time, ms. */
const RAMP_MS = 20_000;
/** Whoever hung up places no other call for up to this, ms. */
const BREATH_MS = 1_000;
/** How often nodes are looked at, ms. */
const LOOK_MS = 5_000;
/** How far time is moved on while something ends, ms. */
const STEP_MS = 100;
const MINUTE_MS = 60_000;
/** What is under way after everything was closed is gone by then, and quiet bridges are forgotten, ms. */
const LAST_PACKETS_MS = 60_000;

export async function nodesStudy(options: NodesStudyOptions): Promise<NodesStudy> {
  const internet = new SimulatedInternet(options.seed);
  const { clock } = internet;
  const server = await SimulatedRendezvous.start(internet);
  const random = internet.random.derive('nodes study');
  const users = Array.from({ length: options.users }, (_, index) =>
    drawUser(internet, server, `user ${index}`, options.drawKind ?? randomKind),
  );
  const failures: unknown[] = [];
  const running = new Set<Promise<void>>();
  /** Works on while time passes. What goes wrong ends the study. */
  const run = (work: Promise<void>) => {
    const guarded = work
      .catch((error: unknown) => void failures.push(error))
      .finally(() => running.delete(guarded));
    running.add(guarded);
  };
  /** Time has to be moved on for what is waited for; sockets close after the last timer. */
  const settled = async (limitMs: number) => {
    for (let passedMs = 0; running.size > 0 && passedMs < limitMs; passedMs += STEP_MS)
      await clock.run(STEP_MS);
    if (running.size > 0) failures.push(new Error(`something still goes on after ${limitMs} ms`));
    if (failures.length > 0) throw failures[0];
  };
  const after = (delayMs: number, work: () => Promise<void>) => clock.setTimer(() => run(work()), delayMs);

  for (const [index, user] of users.entries()) after((index / users.length) * START_MS, () => user.start());
  await clock.run(START_MS);
  await settled(START_MS);

  const over = new AbortController();
  const tally = new Tally(options, users, server);
  const talks = new Set<Talk>();
  for (const user of users) {
    if (!user.options.lends) continue;
    run(
      comeAndGo(internet, user, options.stays ?? STAYS, over.signal, (how) => {
        tally.went(how);
        const node = user.publicEnd();
        if (node) for (const talk of talks) talk.nodeGoes(how, node);
      }),
    );
  }
  await clock.run(WARM_UP_MS);
  tally.begin();

  const endMs = clock.now() + options.durationMs;
  /** One call after another, so that there are as many at a time as there are such lines. */
  const line = async (): Promise<void> => {
    while (clock.now() < endMs) {
      const pair = drawPair(users, random);
      if (pair) {
        const [from, to] = pair;
        for (const user of pair) user.isInCall = true;
        const signalling = { delayMs: 20 + random.fraction() * 60, jitterMs: 20 };
        const talk = new Talk(internet, from, to, signalling);
        talks.add(talk);
        tally.callsNow(talks.size);
        tally.add(await talk.run(options.talkMs * (1 + random.fraction())));
        talks.delete(talk);
        for (const user of pair) user.isInCall = false;
      }
      await new Promise<void>((resolve) => clock.setTimer(resolve, random.fraction() * BREATH_MS));
    }
  };
  const lines = new Set<Promise<void>>();
  for (let index = 0; index < options.calls; index++) {
    after((index / options.calls) * Math.min(RAMP_MS, options.durationMs), () => {
      const work = line();
      lines.add(work);
      return work.finally(() => lines.delete(work));
    });
  }
  for (let passedMs = 0; clock.now() < endMs || lines.size > 0; passedMs += LOOK_MS) {
    if (passedMs % MINUTE_MS === 0) options.onProgress(passedMs, tally.calls);
    await clock.run(LOOK_MS);
    if (failures.length > 0) throw failures[0];
    tally.look();
  }
  tally.end();
  over.abort();
  await settled(LAST_PACKETS_MS);
  for (const user of users) run(user.stop());
  await settled(LAST_PACKETS_MS);
  await clock.run(LAST_PACKETS_MS);
  const bridgesLeft = server.relay.bridges;
  server.close();
  return tally.study({
    bridgesLeft,
    socketsLeft: users.reduce((sum, { host }) => sum + host.openSockets, 0),
    timersLeft: clock.pendingTimers,
  });
}

function drawUser(
  internet: SimulatedInternet,
  server: SimulatedRendezvous,
  name: string,
  drawKind: (random: SeededRandom) => Kind,
): User {
  const random = internet.random.derive(name);
  const kind = drawKind(random);
  const line = randomLine(random);
  const site =
    kind === 'udpblock'
      ? siteWithWebSockets(internet, line, WEB_SOCKET_PORT)
      : siteOfKind(internet, kind, line);
  const toServer = { delayMs: line.delayMs + 5, jitterMs: 5 };
  return new User({ internet, server, name, kind, site, toServer, lends: drawLoan(random, kind) });
}

/** Two users who are there and talk to nobody; undefined where chance finds none soon. */
function drawPair(users: readonly User[], random: SeededRandom): [User, User] | undefined {
  const drawFree = (besides?: User): User | undefined => {
    for (let tries = 0; tries < 100; tries++) {
      const user = users[random.integer(users.length)];
      if (user && user !== besides && user.isRunning && !user.isInCall) return user;
    }
    return undefined;
  };
  const from = drawFree();
  const to = from && drawFree(from);
  return from && to && [from, to];
}
