/** coturn as a STUN server by RFC 5780, on two loopback addresses: the other side's word on what the RFC means. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeStun, encodeStun, METHOD_BINDING } from '../../src/main/engine/stun/message.ts';
import type { TransportAddress } from '../../src/shared/words.ts';
import { type ClaimedPorts, claimPorts } from './claimed-ports.ts';
import { StunClient } from './stun-client.ts';

const PRIMARY = '127.0.0.1';
const ALTERNATE = '127.0.0.2';
/** How often a connection is tried, ms. */
const RECONNECT_MS = 50;
/** How long one that stands may be without an answer, ms. */
const TCP_TRIAL_MS = 1_000;
/**
 * It answers a few hundred ms after it was started, seconds later on a busy machine; then it is started anew, and given longer, ms. Together
 * shorter than what a test may take.
 */
const ANSWER_LIMITS_MS = [5_000, 9_000] as const;
/** It tries to bind a taken port again and again, without an end. What perror(3) writes of it comes at once, its log much later. */
const PORT_IS_TAKEN = /address already in use|cannot bind/i;
/** How often it may find its ports taken: they were free just before. */
const MOST_TAKEN = 5;
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
  // No TURN, no TCP: nothing listens that is not asked for.
  const flags = ['--stun-only', '--no-tcp', '--no-tls', '--no-dtls'];
  const { ports, stop } = await runCoturn(program, [PRIMARY, ALTERNATE], ([port, alternatePort]) => ({
    flags: [...flags, '-p', String(port), '--alt-listening-port', String(alternatePort)],
    answersAt: [port, alternatePort],
  }));
  const [port, alternatePort] = ports;
  const corners = [
    { address: PRIMARY, port },
    { address: PRIMARY, port: alternatePort },
    { address: ALTERNATE, port },
    { address: ALTERNATE, port: alternatePort },
  ] as const;
  return { corners, stop };
}

export interface CoturnPlan {
  readonly flags: readonly string[];
  /** UDP ports that answer at each of its addresses once it runs. */
  readonly answersAt: readonly number[];
  /** TCP ports of which the same is true. */
  readonly answersOverTcpAt?: readonly number[];
}

export interface RunningCoturn {
  readonly ports: ClaimedPorts['ports'];
  stop(): Promise<void>;
}

/**
 * Runs coturn without a configuration file or administration, on two ports of its own, until it answers. Where it does not get its ports,
 * or stays silent, it is ended and started anew on others.
 *
 * @param addresses of this machine's loopback, at which it listens
 * @param plan what it is told, and what is expected of it, with these two ports
 * @throws when it ends or stays silent instead, with what it said
 */
export async function runCoturn(
  program: string,
  addresses: readonly string[],
  plan: (ports: ClaimedPorts['ports']) => CoturnPlan,
): Promise<RunningCoturn> {
  let silent = 0;
  for (let taken = 0; ; ) {
    const claimed = await claimPorts(addresses);
    const limitMs = ANSWER_LIMITS_MS[silent] ?? 0;
    try {
      const stop = await attempt(program, addresses, plan(claimed.ports), limitMs);
      return {
        ports: claimed.ports,
        stop: async () => {
          await stop();
          claimed.release();
        },
      };
    } catch (error) {
      claimed.release();
      if (error instanceof PortTakenError) taken++;
      else silent++;
      if (taken >= MOST_TAKEN || silent >= ANSWER_LIMITS_MS.length) throw error;
    }
  }
}

/** One of its ports was somebody else's. */
class PortTakenError extends Error {}

/** Gives what ends it. */
async function attempt(
  program: string,
  addresses: readonly string[],
  { flags, answersAt, answersOverTcpAt = [] }: CoturnPlan,
  limitMs: number,
): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'byway-coturn-'));
  const files = ['--pidfile', join(folder, 'pid'), '--userdb', join(folder, 'db'), '--log-file', 'stdout'];
  const listens = addresses.flatMap((address) => ['-L', address]);
  const child = spawn(program, ['-n', '--no-cli', ...listens, ...flags, ...files], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, AbortSignal.timeout(limitMs)]);
  let said = '';
  const listen = (chunk: unknown) => {
    said += chunk;
    if (PORT_IS_TAKEN.test(said)) failed.abort(new PortTakenError('a port was taken'));
  };
  for (const output of [child.stdout, child.stderr]) output.on('data', listen);
  const onEnd = (why: unknown) => failed.abort(new Error(`ended: ${why}`));
  child.once('exit', onEnd);
  child.once('error', onEnd);
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  const corners = (ports: readonly number[]) =>
    addresses.flatMap((address) => ports.map((port) => ({ address, port })));
  try {
    await answers(corners(answersAt), signal);
    for (const corner of corners(answersOverTcpAt)) await answersOverTcp(corner, signal);
    signal.throwIfAborted();
    return stop;
  } catch (error) {
    await stop();
    if (signal.reason instanceof PortTakenError) throw signal.reason;
    throw new Error(`${program} did not answer: ${String(signal.reason ?? error)}\n${said}`, {
      cause: error,
    });
  } finally {
    // What it reads is thrown away from now on: a pipe that nobody empties would hold it up.
    for (const output of [child.stdout, child.stderr]) output.off('data', listen).resume();
    child
      .off('exit', onEnd)
      .off('error', onEnd)
      .on('error', () => undefined);
  }
}

/** Resolves when every corner has answered. */
async function answers(corners: readonly TransportAddress[], signal: AbortSignal): Promise<void> {
  const client = await StunClient.open(PRIMARY);
  try {
    for (const corner of corners) await client.ask(corner, [], signal);
  } finally {
    client.close();
  }
}

/**
 * Resolves when it answers over TCP, which it does without TLS at either port. Somebody else's port may take a connection too; and coturn
 * binds its TCP ports after those for UDP.
 */
async function answersOverTcp({ address, port }: TransportAddress, signal: AbortSignal): Promise<void> {
  const transactionId = randomBytes(12);
  const request = encodeStun({ method: METHOD_BINDING, class: 'request', transactionId, attributes: [] });
  for (;;) {
    const socket = connect({ host: address, port }, () => socket.write(request));
    const trial = AbortSignal.any([signal, AbortSignal.timeout(TCP_TRIAL_MS)]);
    const answer = await once(socket, 'data', { signal: trial }).then(
      ([data]) => decodeStun(data),
      () => undefined,
    );
    socket.on('error', () => undefined).destroy();
    if (answer?.transactionId.equals(transactionId)) return;
    await delay(RECONNECT_MS, undefined, { signal });
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
