/** What the laboratory needs of a machine, and says that it misses, in words. */
import { findBrowser } from '../../scripts/steps/browser.ts';
import { runsAsRoot } from '../../scripts/steps/project.ts';
import { outputOf, runCommand } from '../../scripts/steps/run-command.ts';

/** Programs, each with the Debian package that brings it. */
const PROGRAMS = {
  ip: 'iproute2',
  nft: 'nftables',
  sysctl: 'procps',
  conntrack: 'conntrack',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  cc: 'gcc',
} as const;

const PROBE_LIMIT_MS = 10_000;

/**
 * Why the laboratory cannot be built here, in words; undefined when it can.
 *
 * @param more programs that are needed besides, each with its Debian package
 */
export async function missingForLaboratory(
  more: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'it is built of Linux network namespaces, and this is no Linux';
  if (!runsAsRoot) return 'only root may make network namespaces';
  const needed = { ...PROGRAMS, ...more };
  const found = await Promise.all(
    Object.keys(needed).map((program) => outputOf('sh', ['-c', `command -v ${program}`])),
  );
  const missing = Object.entries(needed).filter((_, index) => found[index] === undefined);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))];
    return `there is no ${missing.map(([program]) => program).join(', ')} (Debian: apt-get install ${packages.join(' ')})`;
  }
  if (findBrowser() === undefined) return 'there is no Chromium or Chrome (Debian: apt-get install chromium)';
  const { code, output } = await runCommand(
    'unshare',
    ['--net', '--pid', '--fork', '--mount', 'test', '-c', '/dev/net/tun'],
    {
      output: 'keep',
      limitMs: PROBE_LIMIT_MS,
    },
  );
  if (code !== 0) {
    const said = output.trim() || 'there is no /dev/net/tun';
    return `root may not make network namespaces or tunnel devices here, as in most containers (${said})`;
  }
  return undefined;
}
