/** A headless host from its start to its end. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RPCHandler } from '@orpc/server/ws';
import type { Logger } from 'pino';
import manifest from '../../../package.json' with { type: 'json' };
import { createRouter } from '../api/router.ts';
import { startEmbeddedServer } from '../embedded-server.ts';
import { createEngine, type Engine } from '../engine/index.ts';
import type { Timer } from '../engine/outside/index.ts';
import { realOutside } from '../engine/outside/real.ts';
import { headlessMachine } from '../machine/index.ts';
import { MACHINE_TOLD_MS } from './constants.ts';
import { type ControlServer, serveControl } from './control-server.ts';
import { Ending } from './ending.ts';
import { type InterfaceServer, serveInterface } from './interface-server.ts';
import { NodeMetrics } from './metrics.ts';
import { type MetricsServer, serveMetrics } from './metrics-server.ts';
import type { HeadlessOptions } from './options.ts';
import { statusOf } from './status.ts';
import { unkeptRules, watchServer } from './warnings.ts';

/**
 * Starts everything; it then runs until a signal or `drain` ends the process.
 *
 * @throws what keeps it from starting, with a sentence for the person at the terminal
 */
export async function runNode(options: HeadlessOptions, logger: Logger): Promise<void> {
  const { dataDirectory, name, serverUrl, listenPort, udpPort, volunteer } = options;
  const { clock, random } = realOutside;
  const startedMs = clock.wallNow();
  const engine = createEngine({
    dataDirectory,
    host: 'headless',
    version: manifest.version,
    logger,
    serverUrl,
    udpPort,
    routerMappings: true,
    machine: headlessMachine({ clock, logger: logger.child({ part: 'machine' }) }),
    volunteer,
    startEmbeddedServer: () => startEmbeddedServer({ logger: logger.child({ part: 'embedded server' }) }),
  });
  const status = () => statusOf(engine, startedMs);
  const handler = new RPCHandler(createRouter(engine));
  const server = await serveInterface({
    port: listenPort,
    // The bundle lies in out/main, the interface in out/renderer.
    files: join(dirname(fileURLToPath(import.meta.url)), '../renderer'),
    clock,
    random,
    logger,
    connect: (page) => void handler.upgrade(page, { context: {} }),
    onTokenWanted: announce,
  });
  const metrics = options.metrics && (await serveMetrics(options.metrics, new NodeMetrics(status), logger));
  if (name !== undefined) engine.app.setName(name);

  let control: ControlServer | undefined;
  let unkept: Timer;
  let stopWatching = () => {};
  const ending = new Ending({
    volunteer: engine.volunteer,
    clock,
    say,
    exit: (code) => process.exit(code),
    async close() {
      stopWatching();
      clock.clearTimer(unkept);
      control?.close();
      await engine.stop();
      await Promise.all([server.close(), metrics?.close()]);
    },
  });
  await engine.start();

  stopWatching = watchServer(
    {
      clock,
      server: () => engine.app.state().server,
      notices: () => engine.app.state().notices,
      clockOffsetMs: () => engine.serverTimeOffsetMs,
      onChanged(listener) {
        engine.app.on('changed', listener);
        return () => engine.app.off('changed', listener);
      },
    },
    say,
  );
  control = await controlOrNone({
    dataDirectory,
    logger,
    status,
    address: () => server.newAddress(),
    drain: () => ending.drain(),
    onDrained: () => void ending.finish(),
  });
  sayWhatIsDifferent(engine, udpPort);
  unkept = clock.setTimer(() => {
    for (const sentence of unkeptRules(volunteer, engine.volunteer.state().untold)) say(sentence);
  }, MACHINE_TOLD_MS);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void ending.signal());
  announce();
  listenToTerminal(announce);

  function announce(): void {
    print(options.json, engine, server, metrics);
  }
}

/** Calls matter more than being asked about them. */
async function controlOrNone(
  options: Parameters<typeof serveControl>[0],
): Promise<ControlServer | undefined> {
  try {
    return await serveControl(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    say(
      `"status", "address" and "drain" will not find this Byway: ${why}. Another folder with --data may do.`,
    );
    return undefined;
  }
}

function say(sentence: string): void {
  process.stderr.write(`byway: ${sentence}\n`);
}

/** The interface shows every notice; this one answers a flag, so it is told where the flag was typed. */
function sayWhatIsDifferent(engine: Engine, udpPort: number): void {
  const taken = engine.app.state().notices.find(({ code }) => code === 'port-taken');
  if (taken !== undefined)
    say(`UDP port ${taken.detail ?? udpPort} is taken by another program, so calls use another one.`);
}

/** Says how to open the interface. The address goes to standard output, everything else to standard error. */
function print(json: boolean, engine: Engine, server: InterfaceServer, metrics?: MetricsServer): void {
  const address = server.newAddress();
  if (json) {
    const { profile, server: rendezvous } = engine.app.state();
    const line = {
      interface: address,
      userId: profile.userId,
      link: profile.link,
      server: rendezvous.url,
      metrics: metrics?.url,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  process.stderr.write(
    '\nByway is running. Open this address in a browser on this machine; it lets one browser in:\n\n',
  );
  process.stdout.write(`  ${address}\n`);
  if (metrics) process.stderr.write(`\nMetrics: ${metrics.url}\n`);
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
