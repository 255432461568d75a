/** The few things the port answers to plain HTTP: is it Byway, is it well, what has it counted. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { register as processRegistry } from 'prom-client';
import { PROTOCOL_VERSION } from '../shared/rendezvous.ts';
import type { Clock } from './clock.ts';
import type { Metrics } from './metrics.ts';
import { VERSION } from './version.ts';

export interface HttpParts {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Whether `GET /metrics` is served. */
  readonly serveMetrics: boolean;
  readonly connections: () => number;
}

/** A request listener for the server's HTTP port. What it does not know gets 404. */
export function httpHandler(parts: HttpParts): (request: IncomingMessage, response: ServerResponse) => void {
  const startedAtMs = parts.clock.now();
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, 'text/plain; charset=utf-8', 'GET only\n');
    } else if (path === '/byway') {
      answerJson(response, { name: 'byway-rendezvous', version: VERSION, protocol: PROTOCOL_VERSION });
    } else if (path === '/health') {
      answerJson(response, {
        status: 'ok',
        version: VERSION,
        uptimeSeconds: Math.floor((parts.clock.now() - startedAtMs) / 1_000),
        connections: parts.connections(),
      });
    } else if (path === '/metrics' && parts.serveMetrics) {
      void answerMetrics(response, parts.metrics);
    } else {
      answer(response, 404, 'text/plain; charset=utf-8', 'Byway rendezvous server. Nothing here.\n');
    }
  };
}

/** The server's own metrics, then those of the process where its entry point collects them. */
async function answerMetrics(response: ServerResponse, metrics: Metrics): Promise<void> {
  try {
    const texts = [await metrics.registry.metrics(), await processRegistry.metrics()];
    answer(response, 200, metrics.registry.contentType, texts.join('\n'));
  } catch {
    answer(response, 500, 'text/plain; charset=utf-8', 'metrics cannot be read\n');
  }
}

function answerJson(response: ServerResponse, value: unknown): void {
  answer(response, 200, 'application/json', JSON.stringify(value));
}

/** Nothing is for a browser to keep, guess the type of, or put in a frame. */
function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  response.end(body);
}
