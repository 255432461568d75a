/** A home behind miniupnpd: three machines out of network namespaces. The one at home is where this process runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inProject } from '../../../scripts/steps/project.ts';
import { outputOf } from '../../../scripts/steps/run-command.ts';
import { addNamespace, feed, setRules, within } from '../../natlab/namespaces.ts';
import { HOME_NETWORK, HOST, ROUTER, STUN_SERVER } from './addresses.ts';

const ROUTER_NAMESPACE = 'router';
const INTERNET = 'internet';
/** How long a program may take until it serves, ms. */
const START_LIMIT_MS = 15_000;

/** Filters and maps by address and port, with random ports: what gets in uninvited came through a mapping. */
const RULES = `
table inet gateway {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" accept
    jump upnp_forward
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump upnp_prerouting
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    jump upnp_postrouting
    oifname "wan" meta nfproto ipv4 masquerade fully-random
  }
  chain upnp_forward { }
  chain upnp_prerouting { }
  chain upnp_postrouting { }
}`;

const CONFIGURATION = `
ext_ifname=wan
ext_ifname6=wan
ext_ip=${ROUTER.outside}
listening_ip=lan
ipv6_listening_ip=::
ipv6_disable=no
enable_natpmp=yes
enable_upnp=yes
secure_mode=yes
min_lifetime=2
max_lifetime=86400
notify_interval=60
uuid=7c9e6679-7425-40de-944b-e07fc1f90ae7
upnp_table_name=gateway
upnp_nat_table_name=gateway
upnp_forward_chain=upnp_forward
upnp_nat_chain=upnp_prerouting
upnp_nat_postrouting_chain=upnp_postrouting
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
`;

/** Builds it all; it lasts as long as the enclosure (test/natlab/enclosure.ts). */
export async function buildHome(): Promise<void> {
  for (const name of [ROUTER_NAMESPACE, INTERNET]) await addNamespace(name);
  await feed('ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'lan', 'netns', ROUTER_NAMESPACE]);
  const uplink = ['link', 'add', 'wan', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', INTERNET];
  await feed('ip', ['-n', ROUTER_NAMESPACE, ...uplink]);
  for (const [namespace, device] of [
    [ROUTER_NAMESPACE, 'lan'],
    [ROUTER_NAMESPACE, 'wan'],
    [INTERNET, 'eth0'],
  ] as const) {
    await inNamespace(namespace, ['sysctl', '-q', '-w', `net.ipv6.conf.${device}.disable_ipv6=0`]);
  }
  await inNamespace(ROUTER_NAMESPACE, ['sysctl', '-q', '-w', 'net.ipv6.conf.all.forwarding=1']);
  await configure(INTERNET, [
    'link set eth0 up',
    ...[STUN_SERVER.address, STUN_SERVER.other].map((address) => `address add ${address}/16 dev eth0`),
    `address add ${STUN_SERVER.ipv6}/64 dev eth0 nodad`,
    `route add ${ROUTER.outside}/32 dev eth0`,
    'route add 2001:db8:77::/64 via 2001:db8:2::1',
  ]);
  await configure(ROUTER_NAMESPACE, [
    'link set lan up',
    'link set wan up',
    `address add ${ROUTER.inside}/${HOME_NETWORK} dev lan`,
    `address add ${ROUTER.insideIpv6}/64 dev lan nodad`,
    `address add ${ROUTER.outside}/32 dev wan`,
    'address add 2001:db8:2::1/64 dev wan nodad',
    'route add 11.1.2.0/24 dev wan',
  ]);
  await configure(undefined, [
    'link set lo up',
    'link set eth0 up',
    `address add ${HOST.address}/${HOME_NETWORK} dev eth0`,
    `address add ${HOST.ipv6}/64 dev eth0 nodad`,
    `route add default via ${ROUTER.inside}`,
    `route add default via ${ROUTER.insideIpv6}`,
  ]);
  await setRules(ROUTER_NAMESPACE, RULES);
}

export async function startMiniupnpd(): Promise<void> {
  const file = join(tmpdir(), 'miniupnpd.conf');
  await writeFile(file, CONFIGURATION);
  const pidFile = join(tmpdir(), 'miniupnpd.pid');
  start(['miniupnpd', '-d', '-f', file, '-P', pidFile], ROUTER_NAMESPACE);
}

export async function startStunServer(): Promise<void> {
  const program = inProject('test/interop/miniupnpd/stun-server.ts');
  const server = start([process.execPath, '--disable-warning=ExperimentalWarning', program], INTERNET);
  await once(server.stdout, 'data', { signal: AbortSignal.timeout(START_LIMIT_MS) });
}

/** Sends a datagram to an address at home from a machine on the internet that nobody at home ever spoke to. */
export async function knock(address: string, port: number): Promise<void> {
  await inNamespace(INTERNET, ['bash', '-c', `echo knock > /dev/udp/${address}/${port}`]);
}

/** The router's rules as they are. */
export async function routerRules(): Promise<string> {
  const [program = '', ...args] = within(ROUTER_NAMESPACE);
  return (await outputOf(program, [...args, 'nft', 'list', 'ruleset'])) ?? '';
}

function start(command: readonly string[], namespace: string) {
  const [program = '', ...args] = [...within(namespace), ...command];
  return spawn(program, args, { stdio: ['pipe', 'pipe', process.env.BYWAY_TEST_LOG ? 'inherit' : 'ignore'] });
}

function inNamespace(namespace: string, command: readonly string[]): Promise<void> {
  const [program = '', ...args] = [...within(namespace), ...command];
  return feed(program, args);
}

function configure(namespace: string | undefined, commands: readonly string[]): Promise<void> {
  const where = namespace === undefined ? [] : ['-n', namespace];
  return feed('ip', [...where, '-batch', '-'], `${commands.join('\n')}\n`);
}
