/** Ports mapped by miniupnpd, the program in many home routers, behind a NAT that lets nothing in by itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, type TestContext } from 'vitest';
import { inProject } from '../../scripts/steps/project.ts';
import { outputOf } from '../../scripts/steps/run-command.ts';
import { commandOf, descendantsOf } from '../natlab/processes.ts';
import { needOwnNetwork, needProgram } from '../support/needs.ts';
import type { LabResult } from './miniupnpd/result.ts';

const LAB_LIMIT_MS = 90_000;
const GONE_LIMIT_MS = 5_000;
/** What the lab is built with, and the Debian package of each. */
const PROGRAMS = {
  miniupnpd: 'miniupnpd-nftables',
  ip: 'iproute2',
  nft: 'nftables',
  sysctl: 'procps',
  setpriv: 'util-linux',
} as const;

async function startLab(context: TestContext): Promise<ChildProcess> {
  await needOwnNetwork(context);
  for (const [program, debianPackage] of Object.entries(PROGRAMS)) {
    await needProgram(context, program, debianPackage);
  }
  const program = inProject('test/interop/miniupnpd/main.ts');
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

it(
  'maps by PCP, NAT-PMP and UPnP, opens its IPv6 firewall, and takes everything back',
  async (context) => {
    const lab = await startLab(context);
    let [said, complained] = ['', ''];
    lab.stdout?.on('data', (part) => {
      said += part;
    });
    lab.stderr?.on('data', (part) => {
      complained += part;
    });
    const [code] = await once(lab, 'close');
    expect(code, complained).toBe(0);
    const { service, pinhole, ...ipv4 } = JSON.parse(said) as LabResult;

    for (const result of Object.values(ipv4)) {
      expect(result).toMatchObject({
        router: '192.168.77.1',
        external: { address: '11.1.1.1' },
        isSamePort: true,
        lifetimeMs: 1_200_000,
        renewed: result.external,
        arrivedBeforeAsking: 0,
        arrivedAfterTakingBack: 0,
      });
    }
    expect(pinhole).toMatchObject({
      external: { address: '2001:db8:77::2' },
      isSamePort: true,
      arrivedBeforeAsking: 0,
      arrivedAfterTakingBack: 0,
    });
    // The engine: proved by a STUN server, offered before what STUN saw, and given back at the end.
    expect(service).toMatchObject({
      report: { state: 'proved', protocol: 'pcp', external: { address: '11.1.1.1' } },
      mappedDuring: true,
      mappedAfter: false,
      pinholeAfter: false,
    });
    expect(service.offered[0]).toBe(`11.1.1.1:${service.report.external?.port}`);
  },
  LAB_LIMIT_MS,
);

it(
  'leaves nothing behind when it is killed',
  async (context) => {
    const namespacesBefore = await outputOf('ip', ['netns', 'list']);
    const lab = await startLab(context);
    const ended = once(lab, 'close');
    let inside: readonly number[] = [];
    while (!inside.some((pid) => commandOf(pid).startsWith('miniupnpd'))) {
      if (lab.exitCode !== null) throw new Error('the lab ended before miniupnpd ran');
      await delay(20);
      inside = descendantsOf(lab.pid ?? 0);
    }

    lab.kill('SIGKILL');
    await ended;

    const endMs = performance.now() + GONE_LIMIT_MS;
    while (inside.some((pid) => commandOf(pid) !== '') && performance.now() < endMs) await delay(20);
    expect(inside.map(commandOf).filter((command) => command !== '')).toEqual([]);
    expect(await outputOf('ip', ['netns', 'list'])).toBe(namespacesBefore);
  },
  LAB_LIMIT_MS,
);
