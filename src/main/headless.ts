/** Byway without a window: the engine, and its interface for browsers on this machine. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RPCHandler } from '@orpc/server/ws';
import { pino } from 'pino';
import manifest from '../../package.json' with { type: 'json' };
import { createRouter } from './api/router.ts';
import { startEmbeddedServer } from './embedded-server.ts';
import { createEngine, type Engine } from './engine/index.ts';
import { realOutside } from './engine/outside/real.ts';
import { StoreInUseError } from './engine/store/index.ts';
import { EXIT_FAILED, EXIT_USAGE, STOP_LIMIT_MS } from './headless/constants.ts';
import { UsageError } from './headless/errors.ts';
import { type InterfaceServer, serveInterface } from './headless/interface-server.ts';
import { type HeadlessOptions, readOptions } from './headless/options.ts';
import { USAGE } from './headless/usage.ts';
import { headlessMachine } from './machine/index.ts';

const options = optionsOrExit();
const logger = pino({ level: options.logLevel, name: 'byway' }, pino.destination({ dest: 2, sync: true }));

try {
  await run(options);
} catch (error) {
  process.stderr.write(`byway: ${sentenceOf(error)}\n`);
  logger.debug({ err: error }, 'could not start');
  process.exit(EXIT_FAILED);
}

async function run(wanted: HeadlessOptions) {
  const { dataDirectory, name, serverUrl, listenPort, udpPort, volunteer, json } = wanted;
  const engine = createEngine({
    dataDirectory,
    host: 'headless',
    version: manifest.version,
    logger,
    serverUrl,
    udpPort,
    routerMappings: true,
    machine: headlessMachine({ clock: realOutside.clock, logger: logger.child({ part: 'machine' }) }),
    volunteer,
    startEmbeddedServer: () => startEmbeddedServer({ logger: logger.child({ part: 'embedded server' }) }),
  });
  const handler = new RPCHandler(createRouter(engine));
  const server = await serveInterface({
    port: listenPort,
    // The bundle lies in out/main, the interface in out/renderer.
    files: join(dirname(fileURLToPath(import.meta.url)), '../renderer'),
    clock: realOutside.clock,
    random: realOutside.random,
    logger,
    connect: (page) => void handler.upgrade(page, { context: {} }),
    onTokenWanted: announce,
  });
  if (name !== undefined) engine.app.setName(name);
  await engine.start();

  sayWhatIsDifferent(engine);
  announce();
  listenToTerminal(announce);
  stopOnSignal(engine, server);

  function announce(): void {
    print(json, engine, server);
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof StoreInUseError) return `${error.message} --data DIR names such a folder.`;
  return error instanceof Error ? error.message : String(error);
}

/** The interface shows every notice; this one answers a flag, so it is told where the flag was typed. */
function sayWhatIsDifferent(engine: Engine): void {
  const taken = engine.app.state().notices.find(({ code }) => code === 'port-taken');
  if (taken === undefined) return;
  const port = taken.detail ?? options.udpPort;
  process.stderr.write(`byway: UDP port ${port} is taken by another program, so calls use another one.\n`);
}

/** Says how to open the interface. The address goes to standard output, everything else to standard error. */
function print(json: boolean, engine: Engine, server: InterfaceServer): void {
  const address = server.newAddress();
  if (json) {
    const { profile, server: rendezvous } = engine.app.state();
    const line = { interface: address, userId: profile.userId, link: profile.link, server: rendezvous.url };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  process.stderr.write(
    '\nByway is running. Open this address in a browser on this machine; it lets one browser in:\n\n',
  );
  process.stdout.write(`  ${address}\n`);
  process.stderr.write('\nEnter prints another one. Ctrl+C stops Byway.\n');
}

/** Enter at the terminal, or SIGUSR1, prints a new address. */
function listenToTerminal(announce: () => void): void {
  // Node's own debugger listens to SIGUSR1 unless somebody else does; Windows has no such signal.
  if (process.platform !== 'win32') process.on('SIGUSR1', announce);
  if (!process.stdin.isTTY) return;
  process.stdin.on('data', announce);
  process.stdin.unref();
}

function stopOnSignal(engine: Engine, server: InterfaceServer): void {
  let stopping = false;
  const stop = async () => {
    // A second Ctrl+C does not wait for goodbyes.
    if (stopping) process.exit(EXIT_FAILED);
    stopping = true;
    setTimeout(() => process.exit(EXIT_FAILED), STOP_LIMIT_MS).unref();
    await engine.stop();
    await server.close();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
}

function optionsOrExit(): HeadlessOptions {
  try {
    const read = readOptions(process.argv.slice(2), process.env);
    if (read !== 'help') return read;
    process.stdout.write(USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    for (const problem of error.problems) process.stderr.write(`byway: ${problem}\n`);
    process.stderr.write('See npm run node -- --help\n');
    process.exit(EXIT_USAGE);
  }
}
