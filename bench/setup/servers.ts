/** What plain WebRTC needs in the middle: coturn for STUN and TURN, and a relay for what two pages say to each other. */
import { spawn } from 'node:child_process';
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
  const relay = [process.execPath, inProject('bench/setup/relay.ts'), SERVER.address, String(RELAY_PORT)];
  await startProgram([...within(INTERNET), ...relay], (line) => (line === 'ready' ? true : undefined));
  await startCoturn();
  await offerByHttpsPort();
  const server = `${SERVER.address}:${TURN_PORT}`;
  const iceServers = [{ urls: `stun:${server}` }, { urls: `turn:${server}?transport=udp`, ...TURN_USER }];
  const byTcp = { urls: `turn:${HTTPS.turn}:${HTTPS_PORT}?transport=tcp`, ...TURN_USER };
  return (kind) => ({
    relayUrl:
      kind === 'tcp443' ? `ws://${HTTPS.relay}:${HTTPS_PORT}` : `ws://${SERVER.address}:${RELAY_PORT}`,
    // Where UDP gets out, one more kind of candidate would only be more work for it.
    iceServers: kind === 'tcp443' || kind === 'udpblock' ? [...iceServers, byTcp] : iceServers,
  });
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

async function startCoturn(): Promise<void> {
  const [program = '', ...args] = [
    ...within(INTERNET),
    ...['turnserver', '-n', '--no-tls', '--no-dtls', '--no-cli', '--log-file=stdout'],
    ...[`--listening-ip=${SERVER.address}`, `--listening-port=${TURN_PORT}`, `--relay-ip=${SERVER.address}`],
    ...['--lt-cred-mech', '--realm=bench', `--user=${TURN_USER.username}:${TURN_USER.credential}`],
  ];
  const child = spawn(program, args, { stdio: 'ignore' });
  // What it says comes in blocks, much later; its socket is to be seen in proc(5), the port in hexadecimal.
  const listening = `:${TURN_PORT.toString(16).toUpperCase().padStart(4, '0')} `;
  const until = performance.now() + READY_LIMIT_MS;
  while (!(await readFile(`/proc/${child.pid}/net/udp`, 'utf8')).includes(listening)) {
    if (performance.now() > until) throw new Error('coturn does not listen');
    await delay(POLL_MS);
  }
}
