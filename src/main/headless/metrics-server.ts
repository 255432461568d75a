/** `GET /metrics` on a port of its own, which holds nothing else. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import { SECURITY_HEADERS } from '../interface/security-headers.ts';
import { MAX_METRICS_CONNECTIONS, REQUEST_LIMIT_MS } from './constants.ts';
import { MetricsPortError } from './errors.ts';
import type { NodeMetrics } from './metrics.ts';
import type { MetricsAddress } from './option-schema.ts';

export interface MetricsServer {
  /** Where a scraper finds them. */
  readonly url: string;
  /** Twice is fine. */
  close(): Promise<void>;
}

/**
 * Resolves when the port is bound.
 *
 * @throws MetricsPortError
 */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  metrics: Pick<NodeMetrics, 'text' | 'contentType'>,
  logger: Logger,
): Promise<MetricsServer> {
  const http = createServer({ requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS });
  http.maxConnections = MAX_METRICS_CONNECTIONS;
  try {
    http.listen({ host, port, exclusive: true });
    await once(http, 'listening');
  } catch (error) {
    throw new MetricsPortError(host, port, reasonOf(error), { cause: error });
  }
  http.on('error', (error) => logger.warn({ err: error }, 'a connection for metrics could not be taken'));
  http.on('request', (request, response) => {
    answer(request, response, metrics).catch((error) => {
      logger.warn({ err: error }, 'metrics could not be read');
      response.destroy();
    });
  });
  const { port: bound } = http.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${bound}/metrics`,
    close() {
      closing ??= new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      });
      return closing;
    },
  };
}

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  metrics: Pick<NodeMetrics, 'text' | 'contentType'>,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  response.setHeader('cache-control', 'no-store');
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { 'content-type': 'text/plain' }).end('GET only\n');
  } else if ((url ?? '').split('?', 1)[0] !== '/metrics') {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Nothing here but /metrics.\n');
  } else {
    const text = await metrics.text();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'it is taken by another program';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'that is no address of this machine';
  if (code === 'EACCES') return 'the system allows it to administrators alone';
  return error instanceof Error ? error.message : String(error);
}
