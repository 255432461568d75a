/** Chromium's own ICE takes our STUN server's word for its public address, with and without what RFC 5780 adds to the answer. */
import { chromium } from '@playwright/test';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chromiumSwitches } from '../../../scripts/steps/browser.ts';
import { startServer } from '../../../src/server/index.ts';
import { needBrowser } from '../../support/needs.ts';

/** Starting a browser on a busy machine is part of it. */
const BROWSER_LIMIT_MS = 60_000;

describe('Chromium', { timeout: BROWSER_LIMIT_MS }, () => {
  test.for([
    { addresses: 'one address', stunAlternateAddresses: [] },
    { addresses: 'two addresses', stunAlternateAddresses: [{ address: '127.0.0.2' }] },
  ])('gathers a server-reflexive candidate from a server with $addresses', async (options, context) => {
    const executablePath = needBrowser(context);
    const { stunAlternateAddresses } = options;
    const server = await startServer({ host: '127.0.0.1', port: 0, stunAlternateAddresses });
    onTestFinished(() => server.close());
    const browser = await chromium.launch({ executablePath, args: chromiumSwitches() });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const url = `stun:127.0.0.1:${server.stunPort}`;

    const candidates = await page.evaluate(async (urls) => {
      const connection = new RTCPeerConnection({ iceServers: [{ urls }] });
      connection.createDataChannel('one, so that there is something to gather for');
      const gathered: {
        type: string | null;
        address: string | null;
        port: number | null;
        url: string | null;
      }[] = [];
      const complete = new Promise<void>((resolve) => {
        connection.onicecandidate = ({ candidate }) => {
          if (candidate === null) return resolve();
          // TypeScript does not know `url` yet: the server that a candidate was learned from.
          const { type, address, port, url } = candidate as RTCIceCandidate & { url: string | null };
          gathered.push({ type, address, port, url });
        };
      });
      await connection.setLocalDescription();
      await complete;
      connection.close();
      return gathered;
    }, url);

    // Without a NAT the server sees the address that Chromium hides behind a .local name in its host candidates, and the same port.
    const reflexive = candidates.filter(({ type }) => type === 'srflx');
    expect(reflexive).toEqual([{ type: 'srflx', address: '127.0.0.1', port: expect.any(Number), url }]);
    const hosts = candidates.filter(({ type }) => type === 'host');
    expect(hosts.map(({ port }) => port)).toContain(reflexive[0]?.port);
    expect(hosts.map(({ address }) => address)).not.toContain('127.0.0.1');
  });
});
