/** Asks the Byway that runs in a data folder. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { CONTROL_LIMIT_MS, DRAIN_WAIT_MS, MAX_CONTROL_REPLY_BYTES } from './constants.ts';
import {
  ControlReply,
  type ControlRequest,
  controlAddress,
  type Drained,
  parseJson,
  readLine,
  type StatusReport,
} from './control-protocol.ts';
import { ControlError, NotRunningError } from './errors.ts';

/** @throws NotRunningError, ControlError */
export async function askStatus(dataDirectory: string): Promise<StatusReport> {
  const reply = await askOnce(dataDirectory, { command: 'status' });
  if (reply.type === 'status') return reply.status;
  throw notUnderstood(reply);
}

/**
 * A new address of its interface, which lets one browser in.
 *
 * @throws NotRunningError, ControlError
 */
export async function askAddress(dataDirectory: string): Promise<string> {
  const reply = await askOnce(dataDirectory, { command: 'address' });
  if (reply.type === 'address') return reply.address;
  throw notUnderstood(reply);
}

async function askOnce(dataDirectory: string, request: ControlRequest): Promise<ControlReply> {
  const socket = await connect(dataDirectory);
  try {
    return await ask(socket, request, CONTROL_LIMIT_MS);
  } finally {
    socket.destroy();
  }
}

/**
 * Asks it to drain, and waits until its process has ended.
 *
 * @throws NotRunningError, ControlError
 */
export async function askDrain(dataDirectory: string): Promise<Drained> {
  const socket = await connect(dataDirectory);
  try {
    const reply = await ask(socket, { command: 'drain' }, DRAIN_WAIT_MS);
    if (reply.type !== 'drained') throw notUnderstood(reply);
    if (!(await isClosed(socket, DRAIN_WAIT_MS))) {
      throw new ControlError(
        `Byway has taken leave of its guests and has not ended within ${DRAIN_WAIT_MS / 1_000} s: end process ${reply.drained.pid}.`,
      );
    }
    return reply.drained;
  } finally {
    socket.destroy();
  }
}

/** Closed by the end of the other process, however it ends. */
function isClosed(socket: Socket, limitMs: number): Promise<boolean> {
  if (socket.destroyed) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), limitMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
    // Without a reader the end is not noticed.
    socket.resume();
  });
}

async function connect(dataDirectory: string): Promise<Socket> {
  const socket = createConnection(controlAddress(dataDirectory));
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONTROL_LIMIT_MS) });
  } catch (error) {
    socket.destroy();
    throw notReached(dataDirectory, error);
  }
  // What goes wrong later is told by whoever reads.
  socket.on('error', () => undefined);
  return socket;
}

function notReached(dataDirectory: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return new NotRunningError(
      `${dataDirectory} is another user's: ask as the user that Byway runs as there.`,
      { cause: error },
    );
  }
  return new NotRunningError(
    `No Byway without a window runs in ${dataDirectory}: start it, or name its folder with --data DIR.`,
    { cause: error },
  );
}

async function ask(socket: Socket, request: ControlRequest, limitMs: number): Promise<ControlReply> {
  let line: string;
  try {
    const read = readLine(socket, MAX_CONTROL_REPLY_BYTES, limitMs);
    socket.write(`${JSON.stringify(request)}\n`);
    line = await read;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ControlError(`Byway runs there and did not answer: ${why}. Try again.`, { cause: error });
  }
  const reply = ControlReply.safeParse(parseJson(line));
  if (reply.success) return reply.data;
  throw notUnderstood();
}

function notUnderstood(reply?: ControlReply): ControlError {
  const why = reply?.type === 'refused' ? `: ${reply.problem}` : '';
  return new ControlError(
    `The Byway that runs there is of another version${why}. Restart it, then ask again.`,
  );
}
