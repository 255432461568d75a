/** docs/simnet.md: the study's figures as a page. */
import { KINDS, type Kind } from './kinds.ts';
import { shareOf } from './mix.ts';
import type { SearchStudy } from './search-study.ts';
import type { Cell, Study } from './study.ts';

const MEANINGS: Record<Kind, string> = {
  open: 'a public address, nothing in between',
  firewall: 'a public address behind a stateful firewall that filters by address and port',
  fullcone: 'endpoint-independent mapping and filtering, with hairpinning',
  addr: 'endpoint-independent mapping, address-dependent filtering',
  port: 'endpoint-independent mapping, address-and-port-dependent filtering: most home routers',
  cgn: 'port at home, behind a carrier’s NAT of the same kind that gives ports by chance',
  symseq: 'address-and-port-dependent mapping and filtering, ports one after another',
  sym: 'address-and-port-dependent mapping and filtering, ports by chance',
  udpblock: 'no UDP at all',
};

/** @param search left out of the page when it was not made */
export function studyPage(study: Study, search?: SearchStudy): string {
  const { pairs, direct, seed, disagreements, datagrams } = study;
  const flags = search ? `--searches ${search.searches} --write` : '--write';
  return `# Which calls are direct: the simulated internet

Made by \`npm run simnet -- ${flags}\`: ${count(pairs)} calls between random sites (seed \`${seed}\`), ${count(datagrams)} datagrams.
The engine’s code is the one that ships; sockets, NATs, lines and the clock are simulated (\`test/simnet\`). IPv4 only, routers are asked
for nothing, no other machine helps: what is not direct here needs a node or a relay.

**${percent(direct, pairs)} of all calls are direct.** In ${count(disagreements)} of them the two sides disagreed.

In each field: the share of direct calls, the median time from placing the call to a path that is open on both sides, and the number of
calls. Caller and callee are not told apart.

| |${KINDS.map((kind) => ` ${kind} |`).join('')}
|---|${KINDS.map(() => '---|').join('')}
${KINDS.map((a, row) => `| **${a}** |${KINDS.map((b, column) => ` ${column < row ? '' : field(study, a, b)} |`).join('')}`).join('\n')}

What the sites are, and how often each is met. The shares follow what was measured elsewhere, as far as it was: see \`test/simnet/mix.ts\`
for the sources and for what is assumed.

| site | share | what it is |
|---|---|---|
${KINDS.map((kind) => `| ${kind} | ${shareOf(kind)} % | ${MEANINGS[kind]} |`).join('\n')}

Each site is 2 to 40 ms from the middle of the internet, two in five by radio with up to 15 ms of jitter and 2 % loss. Signalling takes
20 to 100 ms from machine to machine.
${search ? searchSection(search) : ''}`;
}

function searchSection({ searches, looks }: SearchStudy): string {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  return `
## The birthday search beside the arithmetic

${count(searches)} calls between port and sym on short lines. A search is over when a datagram of one side first reaches the other; N is how
many ports the side with the random NAT has open by then, and the chance is 1 − (1 − N / 64,512)^M after M tried ports.

| M: ports tried | N: ports open | found | chance |
|---|---|---|---|
${looks.map(({ tries, sockets, found, arithmetic }) => `| ${count(tries)} | ${sockets} | ${share(found)} | ${share(arithmetic)} |`).join('\n')}
`;
}

function field({ cells }: Study, a: Kind, b: Kind): string {
  const cell = cells.find((each) => each.a === a && each.b === b);
  return cell && cell.pairs > 0 ? fieldOf(cell) : '–';
}

function fieldOf({ direct, pairs, medianMs }: Cell): string {
  return `${percent(direct, pairs)}${medianMs === null ? '' : `, ${medianMs} ms`} (${pairs})`;
}

function percent(part: number, whole: number): string {
  const value = (100 * part) / whole;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
