/** Users who lend their line: they come, and go with a goodbye or without one. */
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import type { Loan } from '../../src/main/engine/sfu/node.ts';
import { DEFAULT_LIMITS } from '../../src/server/constants.ts';
import type { SimulatedInternet } from './internet.ts';
import type { Kind } from './kinds.ts';
import type { Loss } from './talk.ts';
import type { User } from './user.ts';

/**
 * Who lends their line, as a share of those at such a site. Nobody has measured it: lines that let everybody in are of more use, so the app
 * of somebody who has one is more likely to be left switched on. With the mix of `mix.ts` it is 7.5 % of all.
 */
const LENDING_SHARE: Record<Kind, number> = {
  open: 0.25,
  fullcone: 0.2,
  addr: 0.2,
  firewall: 0.05,
  port: 0.03,
  cgn: 0.02,
  sym: 0.02,
  symseq: 0.02,
  udpblock: 0,
};
/** Bridges that somebody gives at once, from this many to as many again and one less. */
const FEWEST_BRIDGES = 2;
const BRIDGES_SPREAD = 7;

export interface Stays {
  /** Mean times for which a line is lent, and for which it is not, ms. */
  readonly lendingMs: number;
  readonly pauseMs: number;
  /** So many go without a goodbye: the machine is switched off, or sleeps. */
  readonly killedShare: number;
}
/** Far livelier than life, so that a few minutes hold many comings and goings. */
export const STAYS: Stays = { lendingMs: 45_000, pauseMs: 15_000, killedShare: 0.7 };
/** Two heartbeats without an answer, and the server knows that a machine is gone, ms. */
const NOTICED_MS = 2 * DEFAULT_LIMITS.heartbeatMs;

export function drawLoan(random: SeededRandom, kind: Kind): Omit<Loan, 'enabled'> | undefined {
  if (random.fraction() >= LENDING_SHARE[kind]) return undefined;
  const bridges = FEWEST_BRIDGES + random.integer(BRIDGES_SPREAD);
  return { bridges, kbitPerS: bridges * DEFAULT_LIMITS.relayKbitPerS };
}

/** Lets one volunteer come and go until the signal. */
export async function comeAndGo(
  internet: SimulatedInternet,
  user: User,
  { lendingMs, pauseMs, killedShare }: Stays,
  over: AbortSignal,
  onGoing: (how: Loss['how']) => void,
): Promise<void> {
  const random = internet.random.derive(`coming and going of ${user.options.name}`);
  const draw = (meanMs: number) => -Math.log(1 - random.fraction()) * meanMs;
  const pass = (durationMs: number) =>
    new Promise<void>((resolve) => {
      const done = () => {
        internet.clock.clearTimer(timer);
        over.removeEventListener('abort', done);
        resolve();
      };
      const timer = internet.clock.setTimer(done, durationMs);
      over.addEventListener('abort', done);
      if (over.aborted) done();
    });
  // Some are there from the beginning.
  if (random.fraction() > lendingMs / (lendingMs + pauseMs)) await pass(draw(pauseMs));
  while (!over.aborted) {
    if (!user.isRunning) await user.start();
    user.lend(true);
    await pass(draw(lendingMs));
    if (over.aborted) return;
    // Who talks does not switch their machine off.
    const how = random.fraction() < killedShare && !user.isInCall ? 'killed' : 'left';
    onGoing(how);
    if (how === 'killed') await user.kill(NOTICED_MS);
    else user.lend(false);
    await pass(draw(pauseMs));
  }
}
