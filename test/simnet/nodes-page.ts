/** docs/simnet-nodes.md: the study of nodes as a page. */
import type { Losses, NodesStudy, Spread } from './nodes-tally.ts';
import { RUNGS, STANDBY_BY_MS } from './nodes-tally.ts';
import { STAYS } from './volunteering.ts';

/** What a call of voice and video takes each way, kbit/s: the ceiling of Byway's own. */
const CALL_KBIT_PER_S = 2_500;

/** @param command what makes the page @param date of the run, YYYY-MM-DD */
export function nodesPage(study: NodesStudy, command: string, date: string): string {
  const { calls, connected, heardToTheEnd, nodes, relay, losses, timeShare, first } = study;
  const saved = 1 - timeShare.relay / study.plainRelayedTimeShare;
  return `# Who carries calls: nodes and the relay on the simulated internet

Made by \`${command}\` on ${date}: ${count(study.users)} users (seed \`${study.seed}\`), ${count(calls)} calls, up to
${count(study.mostAtATime)} of them at a time. The engine's paths, ladders, legs and nodes are those that ship, and so are the server's directory, probes,
tickets and the relay's bridges. Sockets, NATs, lines and the clock are simulated (\`test/simnet\`); the same code and seed give the same page.

**${count(connected)} of ${count(calls)} calls connected, and in ${count(heardToTheEnd)} of them both sides heard each other to the end.**
${study.lost.length === 0 ? '' : `\n${[...new Set(study.lost)].map((each) => `- ${each}`).join('\n')}\n`}
From the placing of a call to a path that is open on both sides: ${spread(study.openedMs, 'ms')}. The other side's machine answers at once.

## By rung

| | direct | node | relay |
|---|---|---|---|
| calls that it carried first |${RUNGS.map((rung) => ` ${count(first[rung])} (${percent(first[rung] / connected)}) |`).join('')}
| share of all time talked |${RUNGS.map((rung) => ` ${percent(timeShare[rung])} |`).join('')}

Plain WebRTC with a TURN server would relay ${count(study.plainRelayed)} of these calls (${percent(study.plainRelayed / calls)}), which are ${percent(study.plainRelayedTimeShare)} of the time: those between
sites of which one gives every destination another port and the other filters by port, and those of who has no UDP. That is a rule
about kinds of sites: of the 28 pairs of docs/natlab.md that have UDP it names the 9 that Chromium was seen to relay. It was not run here.

**Relay traffic saved: ${percent(saved)}.** At ${count(CALL_KBIT_PER_S)} kbit/s each way the relay forwards ${perCallMinute(timeShare.relay)} MB for every minute of a call, on average over all calls; plain WebRTC's
TURN server ${perCallMinute(study.plainRelayedTimeShare)} MB. In this run, where media is a stand-in of some 60 kbit/s, it forwarded ${(relay.bytesForwarded / 1_000_000).toFixed(1)} MB, with the checks of
all that stood by there.

## Nodes

${count(study.volunteers)} users lend their line, ${percent(study.volunteers / study.users)} of all, for 2 to 8 calls at once each. They come and go: ${count(nodes.left)} times one left with a goodbye,
and ${count(nodes.killed)} times one was cut off without a word.

| | median | 95 in 100 within | most |
|---|---|---|---|
| nodes on offer | ${cells(nodes.offered)} |
| calls at one node at a time | ${cells(nodes.bridges)} |
| part of what all nodes give that is in use | ${cells(nodes.usedShare, percent)} |
| calls that a volunteer carried in all | ${cells(nodes.carried)} |
| bridges of the relay at a time | ${cells(relay.bridges)} |

Bridges that only stand by are among them, on nodes and on the relay: an answered call keeps one carrier joined beside what carries it
(\`STANDBY_DELAY_MS\`). Of the relay's, about ${count(Math.round(timeShare.relay * study.mostAtATime))} carry at a time (its share of the time, of ${count(study.mostAtATime)} calls).

## When the node goes that carries the call

Calls that a node carried in the moment it went, each counted as often as that happened to it; the longest pause in what either side heard, network
delays and all, until what stood by carried; and what carried next (a call that ended in that moment has none).

| | calls | heard to the end | median | 95 in 100 within | most | went on over node, relay, direct |
|---|---|---|---|---|---|---|
| killed, the call ${STANDBY_BY_MS / 1_000} s old or more | ${lossCells(losses.killed)} |
| killed, the call younger: nothing stands by yet | ${lossCells(losses.killedEarly)} |
| left with a goodbye | ${lossCells(losses.left)} |

## What is assumed

- How often each kind of site is met, and the sources of that: \`test/simnet/mix.ts\`, and the table in docs/simnet.md. What follows from
  the mix agrees with what was counted in the field: 22 % of conferences needed a TURN server (callstats.io, One Year of Measuring WebRTC
  Service Quality, 2015), and hole punching that neither predicts nor searches ports succeeded between 70 % ± 7.1 % of peers behind NATs
  (Trautwein et al., arXiv 2510.27500, 4.4 million attempts), where this mix gives 75 %.
- Who lends their line: one in four or five of those whom everybody can reach, one in twenty to fifty of the others
  (\`test/simnet/volunteering.ts\`). Nobody has measured that. A line is lent for ${STAYS.lendingMs / 1_000} s and rests for ${STAYS.pauseMs / 1_000} s, on average, which is far
  livelier than life, so that a few minutes hold many comings and goings; ${percent(STAYS.killedShare)} of those who are in no call themselves go without a goodbye.
- Users call each other at random and talk for 30 to 60 s.
- Media is a stand-in: packets of 140 bytes, 50 a second as audio sends them where a carrier has part in the call, 6 a second where it is
  direct.
- Signalling is handed over late and in order, unsealed. Where UDP is blocked, datagrams to one port of the relay stand for the
  messages of a WebSocket; they are lost like others, which TCP would make good.
- IPv4 only, and routers are asked for nothing: both would make more calls direct.
- Afterwards ${study.timersLeft} timers, ${study.socketsLeft} sockets and ${study.bridgesLeft} bridges of the relay are left.
`;
}

/** MB that a relay takes in and sends on in a minute of a call of which it carries such a share. */
function perCallMinute(share: number): string {
  const bothWays = 2 * CALL_KBIT_PER_S;
  return ((share * bothWays * 60) / 8 / 1_000).toFixed(2);
}

function lossCells({ calls, heardToTheEnd, gapMs, wentOnOver }: Losses): string {
  const gaps = calls === 0 ? '– | – | –' : cells(gapMs, (value) => `${count(value)} ms`);
  const next = `${wentOnOver.sfu}, ${wentOnOver.relay}, ${wentOnOver.direct}`;
  return `${count(calls)} | ${count(heardToTheEnd)} | ${gaps} | ${next}`;
}

function cells({ median, p95, max }: Spread, write: (value: number) => string = count): string {
  return [median, p95, max].map(write).join(' | ');
}

function spread({ median, p95, max }: Spread, unit: string): string {
  return `median ${count(median)} ${unit}, 95 in 100 within ${count(p95)} ${unit}, at most ${count(max)} ${unit}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
