/** The system's packages that the tests and the laboratory of real NATs stand on, on Debian and its relatives. */
import { existsSync } from 'node:fs';
import { runsAsRoot, say } from './project.ts';
import { outputOf, runCommand } from './run-command.ts';

/** A browser, a screen without a screen, and the libraries Electron links to; what test/natlab is built with; servers to try ours against. */
const PACKAGES = [
  'chromium',
  'xvfb',
  'xauth',
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libxss1',
  'libxtst6',
  'libnotify4',
  'libsecret-1-0',
  'libatk-bridge2.0-0',
  'libcups2',
  'iproute2',
  'nftables',
  'procps',
  'conntrack',
  'gcc',
  'libc6-dev',
  'coturn',
  'miniupnpd-nftables',
];
/** Of these, which start a server of their own when they are installed. The tests start theirs themselves, on loopback. */
const SERVICES: readonly string[] = ['coturn'];
const APT_LIMIT_MS = 5 * 60_000;

/** Releases since 2024 call some libraries by a name that ends so, for their 64-bit time. */
const namesOf = (name: string): string[] => [name, `${name}t64`];

async function isInstalled(name: string): Promise<boolean> {
  const states = await Promise.all(
    namesOf(name).map((each) => outputOf('dpkg-query', ['-W', '-f', `\${Status}`, each])),
  );
  return states.some((state) => state?.includes('ok installed'));
}

/** The name by which apt can install a package here. */
async function installableName(name: string): Promise<string> {
  for (const each of namesOf(name)) {
    const policy = await outputOf('apt-cache', ['policy', each]);
    if (policy?.includes('Candidate:') && !policy.includes('Candidate: (none)')) return each;
  }
  return name;
}

async function missing(wanted: readonly string[]): Promise<string[]> {
  const installed = await Promise.all(wanted.map(isInstalled));
  return wanted.filter((_, index) => !installed[index]);
}

/** As root on Debian, installs what is missing of them. What stays missing shows in the parts that need it. */
export async function installDebianPackages(wanted: readonly string[] = PACKAGES): Promise<void> {
  if (!existsSync('/etc/debian_version')) return;
  const before = await missing(wanted);
  if (before.length === 0) return;
  if (!runsAsRoot) {
    say(`Byway: some packages are missing; root could install them: apt-get install ${before.join(' ')}`);
    return;
  }
  const size = wanted === PACKAGES ? 'about 500 MB, once' : 'once';
  say(`Byway: installing ${before.join(', ')} (${size}).`);
  const options = {
    output: 'keep',
    limitMs: APT_LIMIT_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  await runCommand('apt-get', ['update', '-qq'], options);
  const names = await Promise.all(before.map(installableName));
  const { code, output } = await runCommand(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...names],
    options,
  );
  if (code !== 0)
    say(`Byway: apt-get could not install them:\n${output.trim().split('\n').slice(-5).join('\n')}`);
  await stopServices(before);
}

/** A machine that runs tests is not to become a public relay by it. */
async function stopServices(installed: readonly string[]): Promise<void> {
  if (!existsSync('/run/systemd/system')) return; // Nothing was started.
  for (const service of SERVICES.filter((name) => installed.includes(name))) {
    await runCommand('systemctl', ['disable', '--now', '--quiet', service], { output: 'keep' });
  }
}
