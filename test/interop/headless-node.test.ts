/** The headless host as the process that people run: its lines, its exit codes, its control socket and its metrics. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ensureBuilt } from '../../scripts/steps/build.ts';
import { type EngineProcess, startEngineProcess } from '../../scripts/steps/byway-processes.ts';
import { inProject } from '../../scripts/steps/project.ts';
import { systemClock } from '../../src/server/clock.ts';
import { befriend, type TestUser, TestWorld, until } from '../support/users.ts';

/** Building takes about 20 s on a slow machine. */
const BUILD_LIMIT_MS = 300_000;
const PROGRAM = inProject('out/main/headless.js');

let world: TestWorld;
let directory: string;
const nodes: EngineProcess[] = [];
const servers: Server[] = [];

beforeAll(() => ensureBuilt(), BUILD_LIMIT_MS);

beforeEach(async () => {
  world = await new TestWorld().open();
  directory = await mkdtemp(join(tmpdir(), 'byway-node-'));
});

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
  for (const server of servers.splice(0)) server.close();
  await world.close();
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

async function node(...flags: string[]): Promise<EngineProcess> {
  const started = await startEngineProcess({
    dataDirectory: directory,
    serverUrl: world.url,
    name: 'Vera',
    flags,
  });
  nodes.push(started);
  return started;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

/** Runs the program to its end. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 15_000,
  });
  let out = '';
  let said = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out, said };
}

const ask = (...args: string[]) => run([...args, '--data', directory]);

/** The code it ends with. */
async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function status() {
  return JSON.parse((await ask('status', '--json')).out);
}

/** A call that goes through the node. */
async function callThrough(): Promise<[TestUser, TestUser]> {
  await vi.waitFor(async () => expect((await status()).volunteer.state).toBe('offered'), {
    timeout: 15_000,
    interval: 300,
  });
  const [ada, ben] = [await world.user('Ada'), await world.user('Ben')];
  await befriend(ada, ben);
  await ada.engine.app.updateSettings({ hideAddress: true });
  ada.engine.calls.place(ben.id, 'audio');
  await until(() => ben.call()?.phase === 'incoming');
  ben.engine.calls.answer(ben.call()?.id ?? '', 'audio');
  await until(() => [ada, ben].every((user) => user.call()?.path.active?.kind === 'sfu'), 10_000);
  return [ada, ben];
}

describe('a node as a process', () => {
  test('tells what it does, drains on command and ends well', async () => {
    const flags = '--volunteer --up 20 --down 30 --monthly 200 --bridges 3 --metrics 0'.split(' ');
    const { child, pid, metrics } = await node(...flags);
    const [ada, ben] = await callThrough();

    const told = await status();
    expect(told).toMatchObject({
      pid,
      server: { state: 'connected' },
      rules: { enabled: true, upKbitPerS: 20_000, downKbitPerS: 30_000, monthlyGB: 200, bridges: 3 },
      volunteer: { state: 'offered', month: { allowanceBytes: 200e9 } },
    });
    expect(told.volunteer.bridges).toHaveLength(1);
    expect((await ask('address')).out).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+\n$/);
    expect((await ask('status')).out).toMatch(/lends its line +yes, calls may come\ncarries now +1 call,/);
    const text = await (await fetch(metrics ?? '')).text();
    expect(text).toContain('byway_node_bridges 1\n');
    expect(text).toMatch(/^nodejs_active_resources_total \d+$/m);
    for (const user of [ada, ben]) expect(text).not.toContain(user.id);
    expect((await stat(join(directory, 'control.sock'))).mode & 0o777).toBe(0o600);

    const drained = await ask('drain');

    expect(drained).toMatchObject({ code: 0, said: '' });
    expect(drained.out).toMatch(
      /^The call that was carried here moved to another way within \d\.\d s\. Byway has ended\.\n$/,
    );
    expect(await endOf(child)).toBe(0);
    expect([ada, ben].map((user) => user.call()?.phase)).toEqual(['active', 'active']);
    // What was given on the command line counted for that run alone.
    const stored = await readFile(join(directory, 'settings.json'), 'utf8').catch(() => '');
    expect(stored).not.toContain('volunteer');
  }, 60_000);

  test('drains on SIGTERM, too', async () => {
    const { child, said } = await node('--volunteer');
    const [ada, ben] = await callThrough();

    child.kill('SIGTERM');

    expect(await endOf(child)).toBe(0);
    expect(said()).toMatch(/moved to another way within/);
    await until(() => [ada, ben].every((user) => user.call()?.path.active?.kind === 'relay'), 5_000);
  }, 60_000);

  test('listens to its file and its variables', async () => {
    const file = join(directory, 'byway.json');
    await writeFile(file, JSON.stringify({ volunteer: true, up: 5, schedule: ['mon-sun 00:00-24:00'] }));
    await node('--config', file);
    expect((await status()).rules).toMatchObject({ enabled: true, upKbitPerS: 5_000 });
  });
});

describe('what stands in the way is one line and an exit code', () => {
  test('a folder in use', async () => {
    const { pid } = await node();
    const again = await ask('--server', world.url);
    expect(again.code).toBe(1);
    expect(again.said).toMatch(
      new RegExp(`^byway: Another Byway \\(process ${pid}\\) is already using [^\\n]+\\n$`),
    );
  });

  test('a taken port, of the interface or of the metrics', async () => {
    const port = await takenPort();
    for (const flag of ['--listen', '--metrics']) {
      const { code, said } = await ask(flag, String(port), '--server', world.url);
      expect(code).toBe(1);
      expect(said).toMatch(new RegExp(`^byway: [^\\n]*[Pp]ort ${port} [^\\n]* ${flag}[^\\n]*\\n$`));
    }
  });

  test('a configuration that is wrong, or cannot be read', async () => {
    const file = join(directory, 'byway.json');
    await writeFile(file, '{"up": "much"}');
    const wrong = await ask('--config', file);
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.said).toBe(
      `byway: ${file}: "up" must be Mbit/s from 0.1 to 1000.\nSee npm run node -- --help\n`,
    );
    const variable = await run(['--data', directory], { BYWAY_MONTHLY: 'lots' });
    expect(variable.code).toBe(2);
    expect(variable.said).toMatch(/^byway: BYWAY_MONTHLY must be gigabytes a month/);
    expect((await ask('--config', join(directory, 'nowhere'))).code).toBe(2);
    if (process.getuid?.() === 0) return; // root reads everything
    await chmod(file, 0o000);
    const unreadable = await ask('--config', file);
    expect(unreadable.code).toBe(2);
    expect(unreadable.said).toContain('cannot be read: EACCES: permission denied.');
  });

  test('nobody there for status and drain', async () => {
    for (const command of ['status', 'address', 'drain']) {
      const { code, out, said } = await ask(command);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(said).toBe(
        `byway: No Byway without a window runs in ${directory}: start it, or name its folder with --data DIR.\n`,
      );
    }
  });
});

describe('what does not stop it is one line', () => {
  test('no server', async () => {
    await world.stopServer();
    const { child, said } = await node('--volunteer');
    await vi.waitFor(() => expect(said()).toContain('cannot be used: nothing answers there'), 20_000);
    expect((await status()).volunteer.state).toBe('no-server');
    child.kill('SIGTERM');
    expect(await endOf(child)).toBe(0);
  }, 40_000);

  test('a clock that is five minutes behind the server', async () => {
    await world.stopServer();
    await world.open({ clock: { ...systemClock, wallNow: () => systemClock.wallNow() + 300_000 } });
    const { said } = await node();
    await vi.waitFor(() => expect(said()).toContain('clock is 5 minutes behind the server'), 10_000);
  });

  test('a taken UDP port', async () => {
    const socket = createSocket('udp4').bind(0);
    await once(socket, 'listening');
    const { port } = socket.address();
    const { said } = await node('--udp-port', String(port));
    socket.close();
    await vi.waitFor(() => expect(said()).toContain(`UDP port ${port} is taken by another program`), 5_000);
  });
});
