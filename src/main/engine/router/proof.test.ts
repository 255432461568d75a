import { describe, expect, it } from 'vitest';
import type { DatagramSocket, Outside } from '../outside/index.ts';
import { realOutside } from '../outside/real.ts';
import { SimulatedClock } from '../outside/testing/simulated-clock.ts';
import type { AnsweredServer } from '../stun/discovery.ts';
import { Transactions } from '../stun/transactions.ts';
import { proveMapping } from './proof.ts';

const external = { address: '198.51.100.7', port: 40_123 };
const server: AnsweredServer = {
  address: '192.0.2.1',
  port: 3_478,
  rttMs: 20,
  mapped: { address: external.address, port: 50_000 },
  answeredAtMs: 0,
};

function proof(servers: readonly AnsweredServer[]) {
  const clock = new SimulatedClock();
  const outside: Outside = { ...realOutside, clock };
  const transactions = new Transactions(clock);
  const ending = new AbortController();
  let asked = 0;
  const door = (): DatagramSocket | undefined => undefined;
  const ask = () => void asked++;
  const proved = proveMapping(
    { outside, transactions, ask, servers: () => servers, door },
    external,
    ending.signal,
  );
  return { clock, transactions, ending, proved, asked: () => asked };
}

describe('proving a mapping', () => {
  it('ends at once when it is not wanted any more, and asks nobody after that', async () => {
    const { clock, transactions, ending, proved, asked } = proof([
      server,
      { ...server, address: '192.0.2.2' },
    ]);
    await clock.run(600);
    expect(asked()).toBe(2);

    ending.abort();

    expect(await proved).toBeUndefined();
    expect([transactions.size, clock.pendingTimers, asked()]).toEqual([0, 0, 2]);
  });

  it('says nothing where every server is silent', async () => {
    const { clock, proved, transactions } = proof([server]);

    await clock.run(10_000);

    expect(await proved).toBeUndefined();
    expect(transactions.size).toBe(0);
  });
});
