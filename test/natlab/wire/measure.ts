/**
 * A program for the laboratory: a wire alone, with a call's worth of datagrams each way over IPv4 and as many over IPv6. Prints a pair of
 * reports, one of each end, for each family.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inProject, say } from '../../../scripts/steps/project.ts';
import { furnishEnclosure } from '../enclosure.ts';
import { addNamespace, configure, feed, within } from '../namespaces.ts';
import type { TrafficReport } from './traffic.ts';
import { layWire } from './wire.ts';

export interface WireInstructions {
  readonly wireProgram: string;
  readonly delayMs: number;
  readonly ipv6DelayMs?: number;
  readonly lossPercent: number;
}

const ENDS = {
  near: { IPv4: '10.0.0.1', IPv6: 'fd00::1' },
  far: { IPv4: '10.0.0.2', IPv6: 'fd00::2' },
} as const;
const DEVICE = 'wire';
const run = promisify(execFile);

try {
  await furnishEnclosure();
  const { wireProgram, delayMs, ipv6DelayMs, lossPercent } = JSON.parse(
    process.argv[2] ?? '',
  ) as WireInstructions;
  for (const name of ['near', 'far']) await addNamespace(name);
  await layWire({
    program: wireProgram,
    ends: [
      { namespace: 'near', device: DEVICE },
      { namespace: 'far', device: DEVICE },
    ],
    delayMs,
    ...(ipv6DelayMs !== undefined && { ipv6DelayMs }),
    lossPercent,
    seed: 1,
  });
  for (const name of ['near', 'far'] as const) {
    const [program = '', ...args] = within(name);
    await feed(program, [...args, 'sysctl', '-q', '-w', `net.ipv6.conf.${DEVICE}.disable_ipv6=0`]);
    await configure(name, [
      `link set ${DEVICE} up`,
      `address add ${ENDS[name].IPv4}/24 dev ${DEVICE}`,
      `address add ${ENDS[name].IPv6}/64 dev ${DEVICE} nodad`,
    ]);
  }
  const traffic = async (own: 'near' | 'far', family: 'IPv4' | 'IPv6'): Promise<TrafficReport> => {
    const other = own === 'near' ? 'far' : 'near';
    const node = [process.execPath, inProject('test/natlab/wire/traffic.ts')];
    const [program = '', ...args] = [...within(own), ...node, ENDS[own][family], ENDS[other][family]];
    return JSON.parse((await run(program, args)).stdout) as TrafficReport;
  };
  const reports = await Promise.all(
    (['IPv4', 'IPv6'] as const).map((family) =>
      Promise.all([traffic('near', family), traffic('far', family)]),
    ),
  );
  process.stdout.write(`${JSON.stringify(reports)}\n`);
  process.exit(0);
} catch (error) {
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exit(1);
}
