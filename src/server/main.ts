/** The program behind `npm run server`. */
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { type Configuration, readConfiguration, USAGE } from './configuration.ts';
import { BindAddressError, ConfigurationError, PortTakenError } from './errors.ts';
import { type RendezvousServer, type ServerOptions, startServer } from './index.ts';

/** How the program ends when it could not start, and when it was called wrongly. */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function main(): Promise<void> {
  const configuration = configurationOrExit();
  const server = await startOrExit(configuration);
  if (process.stdout.isTTY) {
    console.error(
      `Byway rendezvous server at ${server.url}, STUN on UDP port ${server.stunPort}. Ctrl+C stops it.`,
    );
  }
  const stop = () => {
    // A second signal while clients are being told ends the process the usual way.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
    void server.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
}

function configurationOrExit(): Configuration {
  try {
    const configuration = readConfiguration(process.argv.slice(2), process.env);
    if (configuration !== 'help') return configuration;
    process.stdout.write(USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.problems.map((problem) => `byway server: ${problem}\n`).join('')}`);
    process.stderr.write('See npm run server -- --help\n');
    process.exit(EXIT_USAGE);
  }
}

/** The secret of the TURN servers, without the line's end that editors leave. */
function turnOf(configuration: Configuration): ServerOptions['turn'] {
  const { 'turn-server': uris, 'turn-secret': secret, 'turn-secret-file': file } = configuration;
  if (uris === undefined) return undefined;
  if (file === undefined) return secret === undefined ? undefined : { uris, secret };
  try {
    const read = readFileSync(file, 'utf8').trim();
    if (read !== '') return { uris, secret: read };
    throw new Error('it is empty');
  } catch (error) {
    process.stderr.write(`byway server: --turn-secret-file cannot be read: ${(error as Error).message}\n`);
    process.exit(EXIT_USAGE);
  }
}

async function startOrExit(configuration: Configuration): Promise<RendezvousServer> {
  if (configuration.metrics) collectDefaultMetrics();
  try {
    return await startServer({
      host: configuration.host,
      port: configuration.port,
      stunPort: configuration['stun-port'],
      stunAddresses: configuration['stun-host'],
      stunAlternateAddresses: configuration['stun-alternate-host'],
      stunAlternatePort: configuration['stun-alternate-port'],
      relayPort: configuration['relay-port'],
      relay: configuration.relay,
      publicHost: configuration['public-host'],
      stunServers: configuration['stun-server'],
      turn: turnOf(configuration),
      trustProxy: configuration['trust-proxy'],
      oneMachine: configuration['one-machine'],
      metrics: configuration.metrics,
      logger: pino({
        level: configuration['log-level'],
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      }),
    });
  } catch (error) {
    if (!(error instanceof PortTakenError) && !(error instanceof BindAddressError)) throw error;
    process.stderr.write(`byway server: ${error.message}\n`);
    process.exit(EXIT_FAILED);
  }
}

await main();
