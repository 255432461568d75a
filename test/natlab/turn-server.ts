/** A TURN server in the middle of the laboratory's internet: coturn, with a secret that it shares with the rendezvous server. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HTTPS_PORT, SERVER } from './addresses.ts';
import { INTERNET } from './internet.ts';
import { configure, setRules, within } from './namespaces.ts';

/** Not that of the coturn of plain WebRTC, which may be here too. */
const TURN_PORT = 3_479;
/** Where it is to be had on the port that every network lets out to. */
const HTTPS_ADDRESS = '198.51.100.14';
const SECRET = 'of the laboratory';
const READY_LIMIT_MS = 10_000;
const POLL_MS = 50;

/** Starts it. Gives the flags that tell the rendezvous server of it. */
export async function startTurnServerInTheMiddle(): Promise<string[]> {
  const [program = '', ...args] = [
    ...within(INTERNET),
    ...['turnserver', '-n', '--no-tls', '--no-dtls', '--no-cli', '--log-file=stdout'],
    ...[`--listening-ip=${SERVER.address}`, `--listening-port=${TURN_PORT}`, `--relay-ip=${SERVER.address}`],
    ...['--use-auth-secret', `--static-auth-secret=${SECRET}`, '--realm=laboratory'],
  ];
  const child = spawn(program, args, { stdio: 'ignore' });
  // What it says comes in blocks, much later; its socket is to be seen in proc(5), the port in hexadecimal.
  const listening = `:${TURN_PORT.toString(16).toUpperCase().padStart(4, '0')} `;
  const until = performance.now() + READY_LIMIT_MS;
  while (!(await readFile(`/proc/${child.pid}/net/udp`, 'utf8')).includes(listening)) {
    if (performance.now() > until) throw new Error('coturn does not listen');
    await delay(POLL_MS);
  }
  await configure(INTERNET, [`address add ${HTTPS_ADDRESS}/32 dev lo`]);
  await setRules(
    INTERNET,
    `
table ip turn {
  chain https {
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr ${HTTPS_ADDRESS} tcp dport ${HTTPS_PORT} dnat to ${SERVER.address}:${TURN_PORT}
  }
}`,
  );
  const secretFile = join(await mkdtemp(join(tmpdir(), 'byway-turn-')), 'secret');
  await writeFile(secretFile, `${SECRET}\n`, { mode: 0o600 });
  const uris = [
    `turn:${SERVER.address}:${TURN_PORT}?transport=udp`,
    `turn:${HTTPS_ADDRESS}:${HTTPS_PORT}?transport=tcp`,
  ];
  return [...uris.flatMap((uri) => ['--turn-server', uri]), '--turn-secret-file', secretFile];
}
