import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_CONTROL_REPLY_BYTES, MAX_CONTROL_REQUEST_BYTES } from './constants.ts';
import { askAddress, askDrain, askStatus } from './control-client.ts';
import { controlAddress, type Drained, readLine } from './control-protocol.ts';
import { type ControlServer, serveControl } from './control-server.ts';
import { ControlError, NotRunningError } from './errors.ts';
import { reportWith } from './testing/report.ts';

let directory: string;
let control: ControlServer | undefined;
const drain = vi.fn<() => Promise<Drained>>();
const onDrained = vi.fn();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'byway-control-'));
  drain.mockReset().mockResolvedValue({ pid: 1, bridges: 2, remaining: 0, tookMs: 5 });
  onDrained.mockReset();
});

afterEach(async () => {
  control?.close();
  control = undefined;
  await rm(directory, { recursive: true, force: true });
});

async function start(dataDirectory = directory): Promise<void> {
  control = await serveControl({
    dataDirectory,
    logger: pino({ level: 'silent' }),
    status: () => reportWith(),
    address: () => 'http://127.0.0.1:8100/#token=abc',
    drain,
    onDrained,
  });
}

async function raw(): Promise<Socket> {
  const socket = createConnection(controlAddress(directory));
  await once(socket, 'connect');
  return socket;
}

/** Something else that listens there. */
async function impostor(answer: string) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(answer);
  });
  server.listen(controlAddress(directory));
  await once(server, 'listening');
  return server;
}

describe('the control socket', () => {
  test('tells the status', async () => {
    await start();
    expect(await askStatus(directory)).toEqual(reportWith());
  });

  test('gives a new address of the interface', async () => {
    await start();
    expect(await askAddress(directory)).toBe('http://127.0.0.1:8100/#token=abc');
  });

  test('can be opened by its owner alone', async () => {
    await start();
    const { mode } = await stat(controlAddress(directory));
    expect(mode & 0o777).toBe(0o600);
  });

  test('takes the place of one that a killed process left', async () => {
    await writeFile(controlAddress(directory), '');
    await start();
    expect((await askStatus(directory)).pid).toBe(4_711);
  });

  test('refuses what is no request, and what is too long', async () => {
    await start();
    for (const line of ['status', '{"command":"stop"}', '{"command":"drain","now":true}', '[]']) {
      const socket = await raw();
      socket.write(`${line}\n`);
      expect(JSON.parse(await readLine(socket, 1_000, 1_000))).toMatchObject({ type: 'refused' });
    }
    const socket = await raw();
    socket.write('x'.repeat(MAX_CONTROL_REQUEST_BYTES + 1));
    socket.resume();
    await once(socket, 'close');
    expect(drain).not.toHaveBeenCalled();
  });

  test('drains, then tells how it went', async () => {
    await start();
    const socket = await raw();
    socket.write('{"command":"drain"}\n');
    expect(JSON.parse(await readLine(socket, 1_000, 1_000))).toEqual({
      type: 'drained',
      drained: { pid: 1, bridges: 2, remaining: 0, tookMs: 5 },
    });
    await vi.waitFor(() => expect(onDrained).toHaveBeenCalledOnce());
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  test('cannot have a path that is too long, and says so', async () => {
    await expect(start(join(directory, 'x'.repeat(100)))).rejects.toThrow('longer than the 103 bytes');
  });

  test('is a pipe of its own on Windows for each folder', () => {
    const [one, other] = [controlAddress('/one', 'win32'), controlAddress('/other', 'win32')];
    expect(one).toMatch(/^\\\\\.\\pipe\\byway-[0-9a-f]{32}$/);
    expect(one).not.toBe(other);
  });
});

describe('whoever asks', () => {
  test('hears that nothing runs there', async () => {
    const nothing = new RegExp(`^No Byway without a window runs in ${directory}: start it, or name`);
    await expect(askStatus(directory)).rejects.toThrow(nothing);
    await expect(askDrain(directory)).rejects.toBeInstanceOf(NotRunningError);
    // One that was killed left its socket.
    await writeFile(controlAddress(directory), '');
    await expect(askStatus(directory)).rejects.toThrow(nothing);
  });

  test.each([
    ['nothing', 'hello\n'],
    ['another thing', '{"type":"drained","drained":{"pid":1,"bridges":0,"remaining":0,"tookMs":0}}\n'],
    ['a refusal', '{"type":"refused","problem":"unknown"}\n'],
  ])('hears that the answer is %s to them', async (_, answer) => {
    const server = await impostor(answer);
    await expect(askStatus(directory)).rejects.toThrow(/of another version.*Restart it/);
    server.close();
  });

  test('reads no more than a reply may have', async () => {
    const server = await impostor('x'.repeat(MAX_CONTROL_REPLY_BYTES + 1));
    await expect(askStatus(directory)).rejects.toBeInstanceOf(ControlError);
    server.close();
  });

  test('waits for the end of what it has drained', async () => {
    const drained = { pid: 1, bridges: 2, remaining: 0, tookMs: 5 };
    const server = await impostor(`${JSON.stringify({ type: 'drained', drained })}\n`);
    const connected = once(server, 'connection');
    let isOver = false;
    const asked = askDrain(directory).finally(() => {
      isOver = true;
    });
    const [socket] = await connected;
    await once(socket, 'data');
    expect(isOver).toBe(false);
    socket.destroy();
    expect(await asked).toEqual(drained);
    server.close();
  });

  test('does not wait for ever', async () => {
    await start();
    const socket = await raw();
    await expect(readLine(socket, 10, 20)).rejects.toThrow('nothing came within 0.02 s');
    socket.destroy();
  });
});
