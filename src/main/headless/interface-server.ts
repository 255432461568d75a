/** Serves the interface to browsers on this machine: files and a session over HTTP, the engine's API over a WebSocket. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Clock, Random } from '../engine/outside/index.ts';
import { fileFor, headersOf } from '../interface/files.ts';
import { SECURITY_HEADERS } from '../interface/security-headers.ts';
import { Admission } from './admission.ts';
import { MAX_BODY_BYTES, MAX_MESSAGE_BYTES, MAX_PAGES, PAGE_PING_MS, REQUEST_LIMIT_MS } from './constants.ts';
import { InterfaceMissingError, InterfacePortTakenError } from './errors.ts';
import { NO_SESSION_PAGE } from './no-session-page.ts';
import { cookieName, isOwnHost, isOwnOrigin, sessionCookie } from './request-rules.ts';

/** Loopback alone: no other machine can reach it. */
const ADDRESS = '127.0.0.1';

export interface InterfaceServerOptions {
  /** TCP port on 127.0.0.1; 0 lets the system choose. */
  readonly port: number;
  /** Folder of the built interface. */
  readonly files: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Connects a page that was let in to the API. */
  readonly connect: (page: WebSocket) => void;
  /** A page without a session asks for a new token; it is shown at the terminal. */
  readonly onTokenWanted: () => void;
}

export interface InterfaceServer {
  readonly port: number;
  /** An address that lets one browser in, once. */
  newAddress(): string;
  /** Closes all pages and the port. Twice is fine. */
  close(): Promise<void>;
}

const SessionRequest = z.object({ token: z.string().min(1).max(128) });

/**
 * Starts serving; resolves when the port is bound.
 *
 * @throws InterfacePortTakenError, InterfaceMissingError
 */
export async function serveInterface(options: InterfaceServerOptions): Promise<InterfaceServer> {
  const root = await rootOf(options.files);
  const admission = new Admission(options.clock, options.random);
  const http = createServer({ requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS });
  const port = await listen(http, options.port);
  const pages = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  });

  http.on('request', (request, response) => {
    handle(request, response).catch((error) => {
      options.logger.debug({ err: error }, 'a request ended badly');
      response.destroy();
    });
  });
  http.on('upgrade', (request, socket: Duplex, head) => {
    socket.on('error', () => socket.destroy()); // A page that went away during the handshake.
    const refusal = upgradeRefusal(request);
    if (refusal !== null) {
      options.logger.info({ refusal }, 'a page was not let in');
      socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    pages.handleUpgrade(request, socket, head, (page) => {
      keepAlive(page);
      options.connect(page);
    });
  });

  /** The status line that refuses an upgrade, or null to let it in. */
  function upgradeRefusal(request: IncomingMessage): string | null {
    if (!isOwnHost(request, port)) return '421 Misdirected Request';
    if (request.url?.split('?', 1)[0] !== '/api') return '404 Not Found';
    if (!isOwnOrigin(request)) return '403 Forbidden';
    if (!admission.isSession(sessionCookie(request, port))) return '401 Unauthorized';
    if (pages.clients.size >= MAX_PAGES) return '503 Service Unavailable';
    return null;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    if (!isOwnHost(request, port)) {
      answer(response, 421, 'This address is not served here.\n');
      return;
    }
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === '/session') {
      await session(request, response);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, 'GET only\n');
      return;
    }
    if (path === '/no-session') {
      // A person whose address was used already; the page goes here when it is not let in.
      answer(response, 401, NO_SESSION_PAGE, 'text/html');
      return;
    }
    const file = await fileFor(root, path);
    if (file === null) answer(response, 404, 'Nothing here.\n');
    else await sendFile(file, response, request.method === 'HEAD');
  }

  /**
   * `POST {token}` trades a token for a cookie; `POST {}` asks that a new token be shown at the terminal; `GET` says whether
   * the cookie is good.
   */
  async function session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      const known = admission.isSession(sessionCookie(request, port));
      answer(response, known ? 204 : 401, '');
      return;
    }
    if (request.method !== 'POST') {
      answer(response, 405, 'GET or POST only\n');
      return;
    }
    if (!isOwnOrigin(request)) {
      answer(response, 403, 'Only the page itself may ask this.\n');
      return;
    }
    const body = await readJson(request);
    const asked = SessionRequest.safeParse(body);
    if (!asked.success) {
      if (z.strictObject({}).safeParse(body).success) {
        options.onTokenWanted();
        answer(response, 202, 'A new address was printed where Byway was started.\n');
      } else answer(response, 400, 'A token is needed.\n');
      return;
    }
    const secret = admission.redeem(asked.data.token);
    if (secret === null) {
      answer(response, 401, 'This address was used already, or is not from here.\n');
      return;
    }
    response.setHeader('set-cookie', `${cookieName(port)}=${secret}; Path=/; HttpOnly; SameSite=Strict`);
    answer(response, 204, '');
  }

  let closing: Promise<void> | undefined;
  return {
    port,
    newAddress: () => `http://${ADDRESS}:${port}/#token=${admission.issueToken()}`,
    close() {
      closing ??= new Promise((resolve) => {
        for (const page of pages.clients) page.terminate();
        pages.close();
        http.close(() => resolve());
        http.closeAllConnections();
      });
      return closing;
    },
  };
}

async function rootOf(files: string): Promise<string> {
  try {
    return await realpath(files);
  } catch (error) {
    throw new InterfaceMissingError(files, { cause: error });
  }
}

async function listen(http: Server, port: number): Promise<number> {
  try {
    http.listen({ host: ADDRESS, port, exclusive: true });
    await once(http, 'listening');
  } catch (error) {
    throw new InterfacePortTakenError(port, { cause: error });
  }
  return (http.address() as AddressInfo).port;
}

/** Ends a page that has gone without a word, such as one on a machine that slept. */
function keepAlive(page: WebSocket): void {
  let answered = true;
  page.on('pong', () => {
    answered = true;
  });
  // ws closes the connection itself after an error, such as a message that is too large.
  page.on('error', () => page.terminate());
  const timer = setInterval(() => {
    if (!answered) {
      page.terminate();
      return;
    }
    answered = false;
    page.ping();
  }, PAGE_PING_MS);
  page.on('close', () => clearInterval(timer));
}

/** The body as JSON; undefined when it is too long or no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

async function sendFile(file: string, response: ServerResponse, headOnly: boolean): Promise<void> {
  const { size } = await stat(file);
  response.writeHead(200, { ...headersOf(file), 'content-length': size });
  if (headOnly) response.end();
  else await pipeline(createReadStream(file), response);
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'content-type': `${type}; charset=utf-8`,
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
  });
  response.end(status === 204 ? undefined : text);
}
