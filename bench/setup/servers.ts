/** What plain WebRTC needs in the middle: coturn for STUN and TURN, and a relay for what two pages say to each other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startProgram } from '../../scripts/steps/background.ts';
import { inProject } from '../../scripts/steps/project.ts';
import { HTTPS_PORT, SERVER } from '../../test/natlab/addresses.ts';
import { INTERNET } from '../../test/natlab/internet.ts';
import type { Kind } from '../../test/natlab/kinds.ts';
import { configure, setRules, within } from '../../test/natlab/namespaces.ts';
import type { BareOptions } from './bare-end.ts';

const RELAY_PORT = 8_080;
const TURN_PORT = 3_478;
/** Where the two are to be had on the port that every network lets out to. */
const HTTPS = { relay: '198.51.100.12', turn: '198.51.100.13' } as const;
const TURN_USER = { username: 'bench', credential: 'bench' } as const;
const READY_LIMIT_MS = 10_000;
const POLL_MS = 50;

/** Starts them, as far away as our rendezvous server, and gives what a page must know of them, by what it is behind. */
export async function startServersOfPlainWebRtc(): Promise<(kind: Kind) => BareOptions> {
  await startSignalling();
  await startCoturn(SERVER.address);
  await offerByHttpsPort();
  const iceServers = iceServersAt(SERVER.address);
  const byTcp = { urls: `turn:${HTTPS.turn}:${HTTPS_PORT}?transport=tcp`, ...TURN_USER };
  return (kind) => ({
    relayUrl:
      kind === 'tcp443' ? `ws://${HTTPS.relay}:${HTTPS_PORT}` : `ws://${SERVER.address}:${RELAY_PORT}`,
    // Where UDP gets out, one more kind of candidate would only be more work for it.
    iceServers: kind === 'tcp443' || kind === 'udpblock' ? [...iceServers, byTcp] : iceServers,
  });
}

/** Starts the relay of what two pages say to each other, and gives where it is. */
export async function startSignalling(): Promise<string> {
  const relay = [process.execPath, inProject('bench/setup/relay.ts'), SERVER.address, String(RELAY_PORT)];
  await startProgram([...within(INTERNET), ...relay], (line) => (line === 'ready' ? true : undefined));
  return `ws://${SERVER.address}:${RELAY_PORT}`;
}

/** What a page is told of the coturn at that address. */
export function iceServersAt(address: string): RTCIceServer[] {
  const server = `${address}:${TURN_PORT}`;
  return [{ urls: `stun:${server}` }, { urls: `turn:${server}?transport=udp`, ...TURN_USER }];
}

async function offerByHttpsPort(): Promise<void> {
  await configure(
    INTERNET,
    Object.values(HTTPS).map((address) => `address add ${address}/32 dev lo`),
  );
  await setRules(
    INTERNET,
    `
table ip plain {
  chain https {
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr ${HTTPS.relay} tcp dport ${HTTPS_PORT} dnat to ${SERVER.address}:${RELAY_PORT}
    ip daddr ${HTTPS.turn} tcp dport ${HTTPS_PORT} dnat to ${SERVER.address}:${TURN_PORT}
  }
}`,
  );
}

/** Starts coturn at an address of the middle, for STUN and TURN, and waits until it listens. */
export async function startCoturn(address: string): Promise<ChildProcess> {
  const [program = '', ...args] = [
    ...within(INTERNET),
    ...['turnserver', '-n', '--no-tls', '--no-dtls', '--no-cli', '--log-file=stdout'],
    ...[`--listening-ip=${address}`, `--listening-port=${TURN_PORT}`, `--relay-ip=${address}`],
    ...['--lt-cred-mech', '--realm=bench', `--user=${TURN_USER.username}:${TURN_USER.credential}`],
  ];
  const child = spawn(program, args, { stdio: 'ignore' });
  // What it says comes in blocks, much later; its socket is to be seen in proc(5), in hexadecimal, the address's last byte first.
  const listening = `${hexadecimal(address.split('.').reverse(), 2)}:${hexadecimal([TURN_PORT], 4)} `;
  const until = performance.now() + READY_LIMIT_MS;
  while (!(await readFile(`/proc/${child.pid}/net/udp`, 'utf8')).includes(listening)) {
    if (performance.now() > until) throw new Error('coturn does not listen');
    await delay(POLL_MS);
  }
  return child;
}

function hexadecimal(numbers: readonly (number | string)[], digits: number): string {
  return numbers.map((number) => Number(number).toString(16).toUpperCase().padStart(digits, '0')).join('');
}
