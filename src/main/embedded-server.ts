/** A rendezvous server inside the app, for when none is configured: enough for several users of one machine. */
import type { Logger } from 'pino';
import { z } from 'zod';
import { PortTakenError, startServer } from '../server/index.ts';

const ADDRESS = '127.0.0.1';
/** The usual port, so that a second Byway on this machine finds the first one's server. */
const PORT = 47_800;
/** How long the program on the usual port has to say that it is Byway's, ms. It is on this machine. */
const ASK_LIMIT_MS = 2_000;
/** Largest answer that is read, bytes. */
const MAX_ANSWER_BYTES = 4_096;

export interface EmbeddedServer {
  readonly url: string;
  /** Whether it runs here, or was found running. */
  readonly own: boolean;
  /** Whether the usual port was another program's. */
  readonly portTaken: boolean;
  close(): Promise<void>;
}

export interface EmbeddedServerOptions {
  readonly logger: Logger;
  /** For tests; the usual port otherwise. */
  readonly port?: number;
}

const Greeting = z.object({ name: z.literal('byway-rendezvous') });

/**
 * Starts a server on 127.0.0.1, or uses the Byway server that already has the usual port. When a stranger has it, any
 * other port is taken, and only this app can then be reached through it.
 */
export async function startEmbeddedServer({
  logger,
  port = PORT,
}: EmbeddedServerOptions): Promise<EmbeddedServer> {
  try {
    const server = await startServer({ host: ADDRESS, port, metrics: false, logger });
    return { url: server.url, own: true, portTaken: false, close: () => server.close() };
  } catch (error) {
    if (!(error instanceof PortTakenError)) throw error;
  }
  if (await isByway(port)) {
    return { url: `ws://${ADDRESS}:${port}`, own: false, portTaken: false, close: async () => {} };
  }
  logger.warn({ port }, 'the usual port of the embedded server is taken by another program');
  const server = await startServer({ host: ADDRESS, port: 0, metrics: false, logger });
  return { url: server.url, own: true, portTaken: true, close: () => server.close() };
}

async function isByway(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${ADDRESS}:${port}/byway`, {
      signal: AbortSignal.timeout(ASK_LIMIT_MS),
      redirect: 'error',
    });
    const text = await response.text();
    return text.length <= MAX_ANSWER_BYTES && Greeting.safeParse(JSON.parse(text)).success;
  } catch {
    // No answer, no HTTP, no JSON: not Byway's.
    return false;
  }
}
