/**
 * A program for the laboratory: what each site's boxes do, in the words of a tool nobody here wrote, coturn's turnutils_natdiscovery. It
 * asks our own server's STUN. Prints one JSON object with what it said at each site.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { say } from '../../scripts/steps/project.ts';
import { SERVER, type Site } from './addresses.ts';
import { furnishEnclosure } from './enclosure.ts';
import { buildInternet, type InternetOptions } from './internet.ts';
import { within } from './namespaces.ts';
import { startServerInTheMiddle } from './rendezvous.ts';

/** It waits a few seconds for each answer that does not come. */
const LIMIT_MS = 30_000;

try {
  await furnishEnclosure();
  const namespaces = await buildInternet(JSON.parse(process.argv[2] ?? '') as InternetOptions);
  await startServerInTheMiddle('none');
  const ask = async (site: Site): Promise<string> => {
    const tool = ['turnutils_natdiscovery', '-m', '-f', '-p', String(SERVER.port), SERVER.address];
    const [program = '', ...args] = [...within(namespaces[site]), ...tool];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT_MS });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await once(child, 'close');
    return said;
  };
  const [a, b] = await Promise.all([ask('a'), ask('b')]);
  process.stdout.write(`${JSON.stringify({ a, b })}\n`);
  process.exit(0);
} catch (error) {
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exit(1);
}
