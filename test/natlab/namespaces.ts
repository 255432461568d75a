/** Network namespaces by name, and what is done inside them. */
import { spawn } from 'node:child_process';

/** Nothing that is asked of the kernel here takes longer, ms. */
const LIMIT_MS = 10_000;

/** The start of a command line that runs the rest of it inside a namespace. */
export function within(namespace: string): readonly string[] {
  return ['ip', 'netns', 'exec', namespace];
}

/**
 * Runs a program that reads `input` and ends.
 *
 * @throws when it cannot be started, fails, or takes too long, with what it said
 */
export function feed(program: string, args: readonly string[], input = ''): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'], timeout: LIMIT_MS });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    child.on('error', failed);
    child.on('close', (code) => {
      if (code === 0) done();
      else failed(new Error(`${program} ${args.join(' ')} ended with code ${code}\n${said}${input}`));
    });
    // It may end before it has read everything; its exit code says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** Makes a namespace whose own loopback works, that forwards, and that has IPv4 alone on whatever is plugged into it; see `allowIpv6`. */
export async function addNamespace(name: string): Promise<void> {
  await feed('ip', ['netns', 'add', name]);
  const settings = [
    'net.ipv4.ip_forward=1',
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.default.rp_filter=0',
    'net.ipv6.conf.default.disable_ipv6=1',
  ];
  const [exec = '', ...args] = within(name);
  await feed(exec, [...args, 'sysctl', '-q', '-w', ...settings]);
  await configure(name, ['link set lo up']);
}

/** Lets a namespace have and forward IPv6 on these devices, which exist, with no address but those that it is given. */
export async function allowIpv6(namespace: string, devices: readonly string[]): Promise<void> {
  const settings = devices.flatMap((device) =>
    // No waiting for whether somebody else has an address; and it stays when the link goes down, as IPv4's does.
    ['accept_dad=0', 'accept_ra=0', 'keep_addr_on_down=1', 'disable_ipv6=0'].map(
      (setting) => `net.ipv6.conf.${device}.${setting}`,
    ),
  );
  const [exec = '', ...args] = within(namespace);
  await feed(exec, [...args, 'sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1', ...settings]);
}

/** Gives a namespace's `ip` command a list of things to do. */
export function configure(namespace: string, commands: readonly string[]): Promise<void> {
  return feed('ip', ['-n', namespace, '-batch', '-'], `${commands.join('\n')}\n`);
}

/** Gives a namespace nftables rules. */
export function setRules(namespace: string, rules: string): Promise<void> {
  const [exec = '', ...args] = within(namespace);
  return feed(exec, [...args, 'nft', '-f', '-'], rules);
}
