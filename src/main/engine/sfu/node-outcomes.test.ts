import { expect, test } from 'vitest';
import { HALF_OPEN_MS, SWEEP_MS } from './constants.ts';
import { NodeOutcomes } from './node-outcomes.ts';
import { NodeRates } from './node-rates.ts';
import { CarrierParty } from './testing/party.ts';

function watched() {
  const party = new CarrierParty();
  const outcomes = new NodeOutcomes(party.bridges);
  const look = () => outcomes.look(party.clock.now());
  return { party, outcomes, look, counts: () => [outcomes.worked, outcomes.failed] };
}

test('a bridge has worked once both sides have sent, and counts once', () => {
  const { party, look, counts } = watched();
  const ticket = party.signed();
  const [alice, bob] = [party.guest('192.0.2.1'), party.guest('192.0.2.2')];
  const a = party.join(ticket, 'A', alice);
  const b = party.join(ticket, 'B', bob);
  look();
  party.frame(a?.channel ?? 0, Buffer.from('hello'), alice);
  look();
  const halfway = counts();

  party.frame(b?.channel ?? 0, Buffer.from('hello'), bob);
  look();
  look();
  party.join(ticket, 'A', alice, { leaves: true });
  party.join(ticket, 'B', bob, { leaves: true });
  look();

  expect([halfway, counts()]).toEqual([
    [0, 0],
    [1, 0],
  ]);
});

test('what both sides sent between two looks counts, too', () => {
  const { party, look, counts } = watched();
  const ticket = party.signed();
  const [alice, bob] = [party.guest('192.0.2.1'), party.guest('192.0.2.2')];
  const a = party.join(ticket, 'A', alice);
  const b = party.join(ticket, 'B', bob);
  look();
  party.frame(a?.channel ?? 0, Buffer.from('hello'), alice);
  party.frame(b?.channel ?? 0, Buffer.from('hello'), bob);
  party.bridges.close();
  look();

  expect(counts()).toEqual([1, 0]);
});

test('a bridge that one side waited at in vain has failed; one that was left in time has not', async () => {
  const { party, look, counts } = watched();
  party.join(party.signed(), 'A', party.guest('192.0.2.1'));
  const left = party.signed();
  party.join(left, 'A', party.guest('192.0.2.2'));
  look();
  party.join(left, 'A', party.guest('192.0.2.2'), { leaves: true });
  look();
  expect(counts()).toEqual([0, 0]);

  await party.clock.run(HALF_OPEN_MS + SWEEP_MS);
  look();

  expect([party.bridges.size, ...counts()]).toEqual([0, 0, 1]);
});

test('of a bridge that is sent more than it may forward, the part that was dropped is told', async () => {
  const party = new CarrierParty();
  const rates = new NodeRates(party.bridges, party.clock.now());
  const ticket = party.signed(party.ticket({ kbitPerS: 100 }));
  const [alice, bob] = [party.guest('192.0.2.1'), party.guest('192.0.2.2')];
  const a = party.join(ticket, 'A', alice);
  const dropped = () => rates.bridges(party.clock.now()).map(({ droppedPercent }) => droppedPercent);
  // Nobody is there yet who could miss it.
  party.frame(a?.channel ?? 0, Buffer.alloc(996), alice);
  await party.clock.run(1_000);
  rates.measure(party.clock.now());
  expect(dropped()).toEqual([0]);
  party.join(ticket, 'B', bob);

  // A quarter of a second of 100 kbit/s is saved up: 3 of 12 frames of 1,000 bytes.
  for (let frame = 0; frame < 12; frame++) party.frame(a?.channel ?? 0, Buffer.alloc(996), alice);
  await party.clock.run(1_000);
  rates.measure(party.clock.now());

  expect(dropped()).toEqual([75]);
  await party.clock.run(1_000);
  rates.measure(party.clock.now());
  expect(dropped()).toEqual([0]);
});
