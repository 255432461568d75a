/** Byway without a window: the engine, and its interface for browsers on this machine. */
import { pino } from 'pino';
import { StoreInUseError } from './engine/store/index.ts';
import { EXIT_FAILED, EXIT_USAGE } from './headless/constants.ts';
import { askAddress, askDrain, askStatus } from './headless/control-client.ts';
import { sayDrained } from './headless/ending.ts';
import { UsageError } from './headless/errors.ts';
import { type HeadlessOptions, readOptions } from './headless/options.ts';
import { runNode } from './headless/run.ts';
import { describeStatus } from './headless/status.ts';
import { USAGE } from './headless/usage.ts';

const options = optionsOrExit();
const logger = pino({ level: options.logLevel, name: 'byway' }, pino.destination({ dest: 2, sync: true }));

try {
  if (options.command === 'status') await status(options);
  else if (options.command === 'address') await address(options);
  else if (options.command === 'drain') await drain(options);
  else await runNode(options, logger);
} catch (error) {
  process.stderr.write(`byway: ${sentenceOf(error)}\n`);
  logger.debug({ err: error }, 'could not go on');
  process.exit(EXIT_FAILED);
}

async function status({ dataDirectory, json }: HeadlessOptions): Promise<void> {
  const report = await askStatus(dataDirectory);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : describeStatus(report, Date.now()));
}

async function address({ dataDirectory, json }: HeadlessOptions): Promise<void> {
  const asked = await askAddress(dataDirectory);
  process.stdout.write(json ? `${JSON.stringify({ interface: asked })}\n` : `${asked}\n`);
}

async function drain({ dataDirectory, json }: HeadlessOptions): Promise<void> {
  const drained = await askDrain(dataDirectory);
  process.stdout.write(json ? `${JSON.stringify(drained)}\n` : `${sayDrained(drained)} Byway has ended.\n`);
}

function sentenceOf(error: unknown): string {
  if (error instanceof StoreInUseError) return `${error.message} --data DIR names such a folder.`;
  return error instanceof Error ? error.message : String(error);
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
