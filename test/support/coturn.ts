/** coturn as a STUN server by RFC 5780, on two loopback addresses: the other side's word on what the RFC means. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransportAddress } from '../../src/shared/words.ts';
import { StunClient } from './stun-client.ts';

const PRIMARY = '127.0.0.1';
const ALTERNATE = '127.0.0.2';
/** It listens a few hundred ms after it was started; a busy machine may take longer, ms. */
const READY_LIMIT_MS = 15_000;
/** Time to end after SIGTERM, ms. */
const STOP_LIMIT_MS = 3_000;

export interface Coturn {
  /** First and second address, each with both ports: (address, port), (address, second port), the same of the second. */
  readonly corners: readonly [TransportAddress, TransportAddress, TransportAddress, TransportAddress];
  /** Ends it and waits until it is gone. Twice is fine. */
  stop(): Promise<void>;
}

/**
 * Starts coturn and waits until it answers at all four corners.
 *
 * @param program the path of `turnserver`: see `needProgram`
 * @throws when it ends or stays silent instead, with what it said
 */
export async function startCoturn(program: string): Promise<Coturn> {
  const [port, alternatePort] = await freePorts();
  const addresses = ['-L', PRIMARY, '-L', ALTERNATE, '-p', String(port)];
  const corners = [
    { address: PRIMARY, port },
    { address: PRIMARY, port: alternatePort },
    { address: ALTERNATE, port },
    { address: ALTERNATE, port: alternatePort },
  ] as const;
  // No TURN, no TCP: nothing listens that is not asked for.
  const flags = ['--stun-only', '--no-tcp', '--no-tls', '--no-dtls'];
  const stop = await runCoturn(
    program,
    [...flags, ...addresses, '--alt-listening-port', String(alternatePort)],
    corners,
  );
  return { corners, stop };
}

/**
 * Runs coturn without a configuration file or administration until it answers at these addresses. Returns what ends it.
 *
 * @throws when it ends or stays silent instead, with what it said
 */
export async function runCoturn(
  program: string,
  flags: readonly string[],
  corners: readonly TransportAddress[],
): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'byway-coturn-'));
  const files = ['--pidfile', join(folder, 'pid'), '--userdb', join(folder, 'db'), '--log-file', 'stdout'];
  const child = spawn(program, ['-n', '--no-cli', ...flags, ...files], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk) => {
      said += chunk;
    });
  }
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answers(child, corners);
    return stop;
  } catch (error) {
    await stop();
    throw new Error(`${program} did not answer: ${String(error)}\n${said}`, { cause: error });
  }
}

/** Resolves when every corner has answered; rejects when the process ends first, or takes too long. */
async function answers(child: ChildProcess, corners: readonly TransportAddress[]): Promise<void> {
  const ended = new AbortController();
  const onEnd = (why: unknown) => ended.abort(new Error(`ended: ${why}`));
  child.once('exit', onEnd);
  child.once('error', onEnd);
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(READY_LIMIT_MS)]);
  const client = await StunClient.open(PRIMARY);
  try {
    for (const corner of corners) await client.ask(corner, [], signal);
  } catch (error) {
    throw signal.reason ?? error;
  } finally {
    client.close();
    child.off('exit', onEnd);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(timer);
}

/** Two UDP ports that are free on both addresses. */
export async function freePorts(): Promise<[number, number]> {
  const held: Socket[] = [];
  const hold = async (address: string, port: number): Promise<number> => {
    const socket = createSocket('udp4');
    held.push(socket);
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening');
    return socket.address().port;
  };
  try {
    return [await hold(ALTERNATE, await hold(PRIMARY, 0)), await hold(ALTERNATE, await hold(PRIMARY, 0))];
  } finally {
    for (const socket of held) socket.close();
  }
}
