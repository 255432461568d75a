/** What a person is told of the network, with real web servers in the place of the rendezvous server and a real path service. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ServerState } from '../../../shared/app.ts';
import { NetworkReport } from '../../../shared/network.ts';
import { realOutside } from '../outside/real.ts';
import { openPathService } from '../path/index.ts';
import { startStunResponder } from '../path/testing/responder.ts';
import { DISCOVERY_PAUSES_MS } from '../stun/constants.ts';
import { isPortal } from './captive-portal.ts';
import { NetworkReports } from './network-reports.ts';

const logger = pino({ level: 'silent' });

async function startReports() {
  const paths = openPathService({
    outside: realOutside,
    includeLoopback: true,
    bindAddress: { IPv4: '127.0.0.1' },
    logger,
  });
  onTestFinished(() => paths.close());
  const reports = new NetworkReports({ clock: realOutside.clock, paths, logger });
  onTestFinished(() => reports.close());
  await paths.start();
  return { paths, reports };
}

async function webServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await vi.waitFor(() => expect(server.listening).toBe(true));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function lost(url: string): ServerState {
  return { url, embedded: false, state: 'refused', reason: 'not-byway' };
}

describe('a captive portal', () => {
  it.each([
    ['sends us to its sign-in page', { status: 302, location: 'http://portal.example/login' }, 'found'],
    ['says that it is one', { status: 511 }, 'found'],
    ['gives its own page for ours', { status: 200, type: 'text/html', body: '<html>Welcome' }, 'found'],
    ['says nothing of its page but shows one', { status: 200, body: ' <!DOCTYPE html><p>' }, 'found'],
    ['is none: another web server', { status: 404, type: 'text/html', body: '<html>' }, 'unknown'],
    ['is none: the same host elsewhere', { status: 301, location: '/elsewhere' }, 'unknown'],
    ['is none: data', { status: 200, type: 'application/json', body: '{}' }, 'unknown'],
  ])('%s', async (_what, { status, location, type, body }: Record<string, string | number>, verdict) => {
    const asked: (string | undefined)[] = [];
    const url = await webServer((request, response) => {
      asked.push(request.url);
      if (location) response.setHeader('location', location);
      if (type) response.setHeader('content-type', type);
      response.writeHead(Number(status)).end(body);
    });
    const { reports } = await startReports();

    reports.serverChanged(lost(url));
    expect(reports.report().running).toBe(true);
    await vi.waitFor(() => expect(reports.report().running).toBe(false));

    expect(reports.report().captivePortal).toBe(verdict);
    expect(asked).toEqual(['/byway']);
    reports.serverChanged(lost(url));
    expect(reports.report().running).toBe(false);
    reports.serverChanged({ url, embedded: false, state: 'connected' });
    expect(reports.report().captivePortal).toBe('none');
  });

  it('that sends without end is read no further than its beginning', async () => {
    let sent = 0;
    const url = await webServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      const more = () => {
        if (response.destroyed || sent > 64 << 20) return;
        sent += 65_536;
        response.write(Buffer.alloc(65_536, ' '), more);
      };
      more();
    });
    const { reports } = await startReports();
    reports.serverChanged(lost(url));
    await vi.waitFor(() => expect(reports.report().captivePortal).toBe('found'));
    expect(sent).toBeLessThan(32 << 20);
  });

  it('that never answers is given up', async () => {
    const url = await webServer(() => undefined);
    const { reports } = await startReports();
    reports.serverChanged(lost(url));
    await vi.waitFor(() => expect(reports.report().running).toBe(false), 6_000);
    expect(reports.report().captivePortal).toBe('unknown');
  });

  it('is not taken from a redirect to the same host over TLS', () => {
    const page = { status: 308, location: 'https://byway.example/byway', isHtml: true, beginning: '' };
    expect(isPortal(page, new URL('http://byway.example/byway'))).toBe(false);
  });
});

describe('the report', () => {
  it('says that UDP works and keeps to its schema, and tells each change once', async () => {
    const responder = await startStunResponder();
    onTestFinished(() => responder.close());
    const { paths, reports } = await startReports();
    const told: string[] = [];
    reports.onChange(() => told.push(JSON.stringify(reports.report())));
    paths.setStunServers([{ host: '127.0.0.1', port: responder.port }]);
    await vi.waitFor(() => expect(reports.report()).toMatchObject({ udp: 'works', running: false }), 5_000);

    const report = NetworkReport.parse(reports.report());
    expect(report.IPv4).toMatchObject({
      mapped: { address: '127.0.0.1' },
      behaviour: { translated: false, allocation: { kind: 'preserving' } },
      untold: 'plain-servers',
    });
    expect(report.IPv6).toEqual({ untold: 'no-socket' });
    expect(new Set(told).size).toBe(told.length);
    expect(Math.abs(report.at - Date.now())).toBeLessThan(10_000);
  });

  it('says that UDP is blocked when the server is reached and no STUN server answers', async () => {
    const responder = await startStunResponder(() => undefined);
    onTestFinished(() => responder.close());
    const { paths, reports } = await startReports();
    paths.setStunServers([{ host: '127.0.0.1', port: responder.port }]);
    expect(reports.report()).toMatchObject({ udp: 'unknown', running: true });
    const limitMs = DISCOVERY_PAUSES_MS.reduce((sum, pauseMs) => sum + pauseMs, 2_000);
    await vi.waitFor(() => expect(reports.report().running).toBe(false), limitMs);

    expect(reports.report().udp).toBe('unknown');
    reports.serverChanged({ url: 'ws://127.0.0.1:1', embedded: false, state: 'connected' });
    expect(reports.report()).toMatchObject({ udp: 'blocked', IPv4: { untold: 'no-answer' } });
  });
});
