import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { realOutside } from '../engine/outside/real.ts';
import { MAX_MESSAGE_BYTES, TOKEN_LIFETIME_MS } from './constants.ts';
import { InterfaceMissingError, InterfacePortTakenError } from './errors.ts';
import { type InterfaceServer, type InterfaceServerOptions, serveInterface } from './interface-server.ts';

let directory: string;
let server: InterfaceServer;
let nowMs: number;
const connect = vi.fn<InterfaceServerOptions['connect']>();
const onTokenWanted = vi.fn();

function start(changes: Partial<InterfaceServerOptions> = {}): Promise<InterfaceServer> {
  return serveInterface({
    port: 0,
    files: join(directory, 'renderer'),
    clock: { ...realOutside.clock, now: () => nowMs },
    random: realOutside.random,
    logger: pino({ level: 'silent' }),
    connect,
    onTokenWanted,
    ...changes,
  });
}

beforeEach(async () => {
  nowMs = 0;
  connect.mockReset();
  onTokenWanted.mockReset();
  directory = await mkdtemp(join(tmpdir(), 'byway-interface-'));
  await mkdir(join(directory, 'renderer/assets'), { recursive: true });
  await writeFile(join(directory, 'renderer/index.html'), '<title>Byway</title>');
  await writeFile(join(directory, 'renderer/assets/index-abcd1234.js'), 'export {};');
  await writeFile(join(directory, 'renderer/.made-from'), 'hidden');
  await writeFile(join(directory, 'secret.json'), '{"secret":true}');
  await symlink(join(directory, 'secret.json'), join(directory, 'renderer/link.json'));
  server = await start();
});

afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A raw request: the path goes out as it is, and any header may be forged. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: server.port, path, method: options.method, headers: options.headers },
      (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk) => {
          body += chunk;
        });
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

const origin = () => `http://127.0.0.1:${server.port}`;
const newToken = () => server.newAddress().split('#token=')[1] ?? '';
const redeem = (token: string, headers: Record<string, string> = { origin: origin() }) =>
  ask('/session', { method: 'POST', headers, body: JSON.stringify({ token }) });

async function letIn(): Promise<string> {
  const { headers } = await redeem(newToken());
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** Opens the WebSocket as a page would; resolves with `open` or with the status that refused it. */
async function open(headers: Record<string, string>, path = '/api'): Promise<WebSocket | number> {
  const page = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
  return new Promise((resolve, reject) => {
    page.once('open', () => resolve(page));
    page.once('unexpected-response', (outgoing, incoming) => {
      resolve(incoming.statusCode ?? 0);
      outgoing.destroy();
    });
    page.once('error', reject);
  });
}

describe('files of the interface', () => {
  it('serves the page, never cached, with a policy that lets nothing in from elsewhere', async () => {
    const { status, headers, body } = await ask('/');
    expect(status).toBe(200);
    expect(body).toContain('Byway');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
  });

  it('lets a browser keep what has a hash in its name', async () => {
    const { headers } = await ask('/assets/index-abcd1234.js');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['cache-control']).toContain('immutable');
  });

  it.each([
    '/../secret.json',
    '/assets/../../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/..%5csecret.json',
    '//..//secret.json',
    '/link.json',
    '/.made-from',
    '/%00',
    '/%',
    '/assets',
    '/nothing.html',
  ])('serves nothing for %s', async (path) => {
    const { status, body } = await ask(path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });

  it('answers to no other name than its own', async () => {
    for (const host of ['evil.example', `evil.example:${server.port}`, '127.0.0.1', '127.0.0.1:1']) {
      expect((await ask('/', { headers: { host } })).status).toBe(421);
    }
    expect((await ask('/', { headers: { host: `localhost:${server.port}` } })).status).toBe(200);
  });

  it('takes no other method', async () => {
    expect((await ask('/', { method: 'PUT' })).status).toBe(405);
    expect((await ask('/session', { method: 'DELETE' })).status).toBe(405);
  });
});

describe('the one-time token', () => {
  it('becomes a cookie that scripts cannot read and other sites do not send', async () => {
    const { status, headers } = await redeem(newToken());
    expect(status).toBe(204);
    const cookie = headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(new RegExp(`^byway-session-${server.port}=[A-Za-z0-9_-]{43}; `));
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect((await ask('/session', { headers: { cookie: cookie.split(';')[0] ?? '' } })).status).toBe(204);
  });

  it('is used up by its first use', async () => {
    const token = newToken();
    expect((await redeem(token)).status).toBe(204);
    expect((await redeem(token)).status).toBe(401);
  });

  it('is refused when it is wrong, and when it is too old', async () => {
    expect((await redeem('x'.repeat(43))).status).toBe(401);
    const token = newToken();
    nowMs = TOKEN_LIFETIME_MS + 1;
    expect((await redeem(token)).status).toBe(401);
  });

  it('is taken from our own page alone', async () => {
    const token = newToken();
    expect((await redeem(token, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await redeem(token, { origin: 'null' })).status).toBe(403);
    expect((await redeem(token, {})).status).toBe(403);
    expect((await redeem(token, { origin: origin(), host: 'evil.example' })).status).toBe(421);
    expect((await redeem(token)).status).toBe(204);
  });

  it('is asked for anew by a page without one', async () => {
    const asked = await ask('/session', { method: 'POST', headers: { origin: origin() }, body: '{}' });
    expect(asked.status).toBe(202);
    expect(onTokenWanted).toHaveBeenCalledOnce();
  });

  it('is refused in a body that is no JSON, or far too long', async () => {
    for (const body of ['', 'token', '{"token":1}', `{"token":"${'x'.repeat(5_000)}"}`]) {
      const { status } = await ask('/session', { method: 'POST', headers: { origin: origin() }, body });
      expect(status).toBe(400);
    }
  });
});

describe('the API socket', () => {
  it('opens for several pages with a session at once', async () => {
    const cookie = await letIn();
    const pages = [await open({ cookie, origin: origin() }), await open({ cookie, origin: origin() })];
    expect(pages.every((page) => page instanceof WebSocket)).toBe(true);
    expect(connect).toHaveBeenCalledTimes(2);
  });

  it('stays closed without a cookie, or with a wrong one', async () => {
    expect(await open({ origin: origin() })).toBe(401);
    expect(await open({ origin: origin(), cookie: `byway-session-${server.port}=${'x'.repeat(43)}` })).toBe(
      401,
    );
    expect(connect).not.toHaveBeenCalled();
  });

  it('stays closed for a page from elsewhere, whatever cookie it brings', async () => {
    const cookie = await letIn();
    expect(await open({ cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await open({ cookie })).toBe(403);
    expect(
      await open({
        cookie,
        origin: `http://evil.example:${server.port}`,
        host: `evil.example:${server.port}`,
      }),
    ).toBe(421);
    expect(await open({ cookie, origin: origin() }, '/other')).toBe(404);
    expect(connect).not.toHaveBeenCalled();
  });

  it('drops a page that sends a message too large', async () => {
    const page = await open({ cookie: await letIn(), origin: origin() });
    if (!(page instanceof WebSocket)) throw new Error(`refused with ${page}`);
    page.send('x'.repeat(MAX_MESSAGE_BYTES + 1));
    const [code] = await once(page, 'close');
    expect(code).toBe(1009);
  });
});

describe('the page for a browser that is not let in', () => {
  it('is a page of its own, with a title, a language and a picture that is there', async () => {
    const { status, headers, body } = await ask('/no-session');
    expect(status).toBe(401);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain('<html lang="en">');
    expect(body).toMatch(/<title>.+<\/title>/);
    expect(body).toContain('does not let this page in');
    const used = [...body.matchAll(/(?:href|src)="\/([^"]+)"/g)].map(([, name]) => name);
    const interfacePublic = new URL('../../renderer/public/', import.meta.url);
    for (const name of used) await access(new URL(name ?? '', interfacePublic));
    expect(used).toContain('favicon.svg');
  });
});

describe('starting and ending', () => {
  it('says that the port is taken', async () => {
    await expect(start({ port: server.port })).rejects.toBeInstanceOf(InterfacePortTakenError);
  });

  it('says that the interface was not built', async () => {
    await expect(start({ files: join(directory, 'nowhere') })).rejects.toBeInstanceOf(InterfaceMissingError);
  });

  it('closes open pages, and closing twice is fine', async () => {
    const page = await open({ cookie: await letIn(), origin: origin() });
    if (!(page instanceof WebSocket)) throw new Error(`refused with ${page}`);
    const closed = once(page, 'close');
    await Promise.all([server.close(), server.close()]);
    await closed;
  });
});
