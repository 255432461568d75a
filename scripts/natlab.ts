/**
 * npm run natlab -- --a <kind> --b <kind>: a call between two sites behind real NATs, out of network namespaces of this machine.
 * docs/natlab.md says how it is built and what the numbers mean.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine } from '../bench/measure.ts';
import { allPairs, lineInWords, matrixInWords, type Pair, runMatrix } from '../bench/setup/matrix.ts';
import { matrixPage } from '../bench/setup/matrix-page.ts';
import { IPV6_CHOICES, type Ipv6Choice, MOST_NODES } from '../test/natlab/addresses.ts';
import { runEnclosed } from '../test/natlab/enclosure.ts';
import { type LaboratoryEvent, readEvent, WHATS } from '../test/natlab/events.ts';
import { isKind, KINDS, type Kind } from '../test/natlab/kinds.ts';
import { missingForLaboratory } from '../test/natlab/prerequisites.ts';
import { RELAYS, type Relay } from '../test/natlab/rendezvous.ts';
import { compileWire } from '../test/natlab/wire/wire.ts';
import { findBrowser } from './steps/browser.ts';
import { ensureBuilt } from './steps/build.ts';
import { inProject, say } from './steps/project.ts';

const USAGE = `Usage: npm run natlab -- --a KIND --b KIND [flags]

  --a, --b KIND  what the caller, and the callee, are behind: ${KINDS.slice(0, 5).join(', ')},
                 ${KINDS.slice(5).join(', ')}
  --delay MS     between each site and the internet, one way (20)
  --loss PCT     of packets, each way at each site (0)
  --ipv6 WHO     who has IPv6 beside IPv4, behind a firewall unless at open: none, a, b, both (none)
  --ipv6-delay MS  the same as --delay for IPv6 (as --delay)
  --relay KIND   what the public relay is reached over: none, udp, wss; turn for a TURN server in its place, coturn (none)
  --nodes KIND,KIND  what those are behind who lend their lines as nodes, or none (none)
  --event MS:WHAT[@SITE]  what happens so long after both see each other, to the caller's site or to b; may be
                 given several times: ${WHATS.join(', ').replace('loss', 'loss:PCT')}
  --json         print one JSON object
  --matrix       instead of one call, calls between all pairs of kinds, beside plain WebRTC with coturn; one line,
                 or with --json one element of an array, a pair
  --pairs A-B,C-D  of these pairs only
  --write        keep the table of the matrix in docs/natlab-pairs.md

       npm run natlab -- --matrix --nodes fullcone,port --relay wss
`;

const DEFAULT_DELAY_MS = 20;
const LONGEST_DELAY_MS = 2_000;
const EXIT_USAGE = 2;

interface Flags {
  /** Absent for a matrix. */
  readonly kinds?: { readonly a: Kind; readonly b: Kind };
  readonly pairs: readonly Pair[];
  readonly delayMs: number;
  readonly ipv6: Ipv6Choice;
  readonly ipv6DelayMs?: number;
  readonly lossPercent: number;
  readonly relay: Relay;
  readonly nodes: readonly Kind[];
  readonly events: readonly LaboratoryEvent[];
  readonly json: boolean;
  readonly write: boolean;
}

const flags = readFlags();
try {
  const why = await missingForLaboratory(flags.relay === 'turn' ? { turnserver: 'coturn' } : {});
  if (why !== undefined) throw new Error(`the laboratory cannot be built here: ${why}.`);
  await ensureBuilt();
  const { kinds, pairs, json, write, ...rest } = flags;
  const shared = { ...rest, wireProgram: await compileWire(), browser: findBrowser() ?? '' };
  if (kinds) process.exitCode = await runEnclosed('test/natlab/main.ts', { ...shared, kinds, json });
  else await matrix(pairs, shared, json, write);
} catch (error) {
  say(`Byway: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function matrix(
  pairs: readonly Pair[],
  shared: Parameters<typeof runMatrix>[1],
  json: boolean,
  write: boolean,
): Promise<void> {
  const lines = await runMatrix(pairs, shared, (line) => say(lineInWords(line)));
  if (write) {
    const command = `npm run natlab -- ${process.argv.slice(2).join(' ')}`;
    const { cpu, cores } = machine();
    const page = matrixPage(lines, command, new Date().toISOString().slice(0, 10), `${cores} cores (${cpu})`);
    writeFileSync(inProject('docs/natlab-pairs.md'), page);
  }
  if (json) process.stdout.write(`${JSON.stringify(lines)}\n`);
  else say(`\n${matrixInWords(lines)}`);
}

function readFlags(): Flags {
  try {
    const { values } = parseArgs({
      options: {
        a: { type: 'string' },
        b: { type: 'string' },
        delay: { type: 'string', default: String(DEFAULT_DELAY_MS) },
        loss: { type: 'string', default: '0' },
        ipv6: { type: 'string', default: 'none' },
        'ipv6-delay': { type: 'string' },
        relay: { type: 'string', default: 'none' },
        nodes: { type: 'string', default: 'none' },
        event: { type: 'string', multiple: true, default: [] },
        matrix: { type: 'boolean', default: false },
        pairs: { type: 'string' },
        write: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const [a, b] = values.matrix ? [] : pairOf('--a', values.a, '--b', values.b);
    const ipv6Delay = values['ipv6-delay'];
    return {
      ...(a && b && { kinds: { a, b } }),
      pairs: values.pairs === undefined ? allPairs() : values.pairs.split(',').map(pairFrom),
      delayMs: numberOf('--delay', values.delay, LONGEST_DELAY_MS),
      ipv6: ipv6Of(values.ipv6, a),
      ...(ipv6Delay !== undefined && {
        ipv6DelayMs: numberOf('--ipv6-delay', ipv6Delay, LONGEST_DELAY_MS),
      }),
      lossPercent: numberOf('--loss', values.loss, 100),
      relay: relayOf(values.relay),
      nodes: nodesOf(values.nodes),
      events: values.event.map(readEvent),
      json: values.json,
      write: values.write,
    };
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}

function pairFrom(text: string): Pair {
  const [a, b] = text.split('-');
  return pairOf('--pairs', a, '--pairs', b);
}

function pairOf(flagA: string, textA: string | undefined, flagB: string, textB: string | undefined): Pair {
  const [a, b] = [kindOf(flagA, textA), kindOf(flagB, textB)];
  if ((a === 'lan') !== (b === 'lan')) {
    throw new Error('lan is both machines behind one router: it takes --a lan --b lan');
  }
  return [a, b];
}

function kindOf(flag: string, text: string | undefined): Kind {
  if (text !== undefined && isKind(text)) return text;
  throw new Error(`${flag} must be one of ${KINDS.join(', ')}`);
}

function nodesOf(text: string): readonly Kind[] {
  if (text === 'none') return [];
  const kinds = text.split(',').map((kind) => kindOf('--nodes', kind));
  if (kinds.includes('lan') || kinds.length > MOST_NODES) {
    throw new Error(`--nodes are at sites of their own, ${MOST_NODES} at most, so none is lan`);
  }
  return kinds;
}

function ipv6Of(text: string, kind: Kind | undefined): Ipv6Choice {
  const choice = IPV6_CHOICES.find((each) => each === text);
  if (choice === undefined) throw new Error(`--ipv6 must be one of ${IPV6_CHOICES.join(', ')}`);
  if (kind === 'lan' && (choice === 'a' || choice === 'b')) {
    throw new Error('--ipv6 at lan is what the one router has: none or both');
  }
  return choice;
}

function relayOf(text: string): Relay {
  const relay = RELAYS.find((each) => each === text);
  if (relay === undefined) throw new Error(`--relay must be one of ${RELAYS.join(', ')}`);
  return relay;
}

function numberOf(flag: string, text: string, most: number): number {
  const number = Number(text);
  if (text.trim() !== '' && number >= 0 && number <= most) return number;
  throw new Error(`${flag} must be a number from 0 to ${most}`);
}
