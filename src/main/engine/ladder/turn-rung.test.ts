import { afterEach, describe, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../../test/support/users.ts';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import { isLoopback, isUnicast } from '../path/candidates.ts';
import type { PathSession } from '../path/index.ts';
import { TurnRung, type TurnWorld } from './turn-rung.ts';

let rung: TurnRung | undefined;
afterEach(() => rung?.close());

/** The side that does not control, whose session sends to no loopback. How often the server was asked is what it does. */
function answering(offersTurn = true) {
  const findTurn = vi.fn<TurnWorld['findTurn']>(async () => []);
  const session = {
    on: () => session,
    off: () => session,
    mayReach: (address: string) => isUnicast(address) && !isLoopback(address),
  } as unknown as PathSession;
  rung = new TurnRung({
    clock: new SimulatedClock(),
    world: { offersTurn: () => offersTurn, findTurn, openAllocation: () => null, withoutUdp: () => false },
    session,
    logger: silentLogger,
    tell: () => undefined,
  });
  return { rung, findTurn };
}

const word = (address: string, round = 1) => ({ round, relayed: { address, port: 4_000 } });

describe('the other side’s address at its TURN server', () => {
  test('is answered with an allocation of our own, once a round', () => {
    const { rung, findTurn } = answering();

    rung.heard(word('192.0.2.1'));
    rung.heard(word('192.0.2.1'));

    expect(findTurn).toHaveBeenCalledTimes(1);
  });

  test.each(['127.0.0.1', '224.0.0.1', '255.255.255.255', '0.0.0.0', '::1', '2001:db8::1'])(
    'is not followed where we would not send ourselves: %s',
    (address) => {
      const { rung, findTurn } = answering();

      rung.heard(word(address));

      expect(findTurn).not.toHaveBeenCalled();
    },
  );

  test('is not followed where our own server names no TURN server', () => {
    const { rung, findTurn } = answering(false);

    rung.heard(word('192.0.2.1'));

    expect(findTurn).not.toHaveBeenCalled();
  });
});
