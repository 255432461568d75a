/** Somebody who lends their line to the two of the demo: an engine without a window. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEngineProcess, temporaryFolder } from '../steps/byway-processes.ts';

/** The server probes a node within four round trips; on one machine that is nothing, ms. */
const LIMIT_MS = 15_000;
const POLL_MS = 100;

/**
 * Starts a node and waits until the server sends calls to it. Returns what stops it.
 *
 * @throws Error when the server does not find it usable in time
 */
export async function startVolunteer(serverUrl: string): Promise<() => Promise<void>> {
  const folder = await temporaryFolder();
  try {
    const dataDirectory = join(folder.path, 'engine');
    const engine = await startEngineProcess({ dataDirectory, serverUrl, name: 'Vera', volunteers: true });
    const stop = async () => {
      await engine.stop();
      await folder.remove();
    };
    try {
      await untilOffered(serverUrl);
    } catch (error) {
      await stop();
      throw error;
    }
    return stop;
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function untilOffered(serverUrl: string): Promise<void> {
  const address = new URL('/metrics', serverUrl.replace(/^ws/, 'http'));
  const until = performance.now() + LIMIT_MS;
  for (;;) {
    if (/^byway_nodes_open [1-9]/m.test(await (await fetch(address)).text())) return;
    if (performance.now() > until) throw new Error('the volunteer of the demo was not reached by the server');
    await delay(POLL_MS);
  }
}
