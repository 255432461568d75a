/** Every screen from fixtures, in both themes, wide and narrow: it shows, breaks no rule of accessibility, and fits. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { test as base, type Page } from '@playwright/test';
import { build } from 'vite';
import { chromiumSwitches, findBrowser } from '../../scripts/steps/browser.ts';
import { inProject } from '../../scripts/steps/project.ts';
import { expect, expectAccessible, picture } from './stage.ts';

const GALLERY = inProject('out/gallery');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
const SIZES = { wide: { width: 1100, height: 720 }, narrow: { width: 380, height: 600 } } as const;
/** Scenes that look different enough in German to be looked at. */
const GERMAN = [
  'home',
  'settings',
  'conversation-path',
  'incoming-stranger',
  'add',
  'diagnostics-strict',
  'volunteer-serving',
  'volunteer-untold',
  'volunteer-question',
];

async function serve(): Promise<{ server: Server; address: string }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://gallery');
    readFile(join(GALLERY, pathname)).then(
      (body) => response.setHeader('content-type', TYPES[extname(pathname)] ?? 'image/png').end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, address: `http://127.0.0.1:${port}/gallery/index.html` };
}

const test = base.extend<object, { gallery: string }>({
  gallery: [
    async ({ browserName: _none }, use) => {
      await build({ configFile: inProject('vite.gallery.config.ts'), logLevel: 'error' });
      const { server, address } = await serve();
      await use(address);
      server.close();
    },
    { scope: 'worker' },
  ],
});

const executablePath = findBrowser();
test.use({
  launchOptions: {
    args: chromiumSwitches(),
    ...(executablePath === undefined ? {} : { executablePath }),
  },
  // The pictures must not depend on where an animation happened to be.
  contextOptions: { reducedMotion: 'reduce' },
});

async function show(
  page: Page,
  address: string,
  scene: string,
  theme: string,
  language = 'en',
): Promise<void> {
  await page.goto(`${address}?scene=${scene}&theme=${theme}&language=${language}`);
  await page.locator('h1, [role=status]').first().waitFor({ state: 'attached' });
}

for (const [theme, size] of [
  ['light', 'wide'],
  ['dark', 'wide'],
  ['light', 'narrow'],
] as const) {
  test(`every screen, ${theme} and ${size}`, async ({ page, gallery }) => {
    // Some 100 s on two quiet cores.
    test.setTimeout(400_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.setViewportSize(SIZES[size]);
    await page.goto(gallery);
    const scenes = await page
      .locator('[data-scene]')
      .evaluateAll((links) => [...new Set(links.map((link) => link.getAttribute('data-scene') ?? ''))]);
    expect(scenes.length).toBeGreaterThan(20);

    for (const scene of scenes) {
      await show(page, gallery, scene, theme);
      await test.step(scene, async () => {
        await expectAccessible(page);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow, `${scene} is wider than its window`).toBeLessThanOrEqual(0);
      });
      await picture(page, `${scene}-${theme}-${size}`);
    }
    expect(complaints).toEqual([]);
  });
}

test('the screens in German fit as well', async ({ page, gallery }) => {
  await page.setViewportSize(SIZES.narrow);
  for (const scene of GERMAN) {
    await show(page, gallery, scene, 'light', 'de');
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, `${scene} is wider than its window`).toBeLessThanOrEqual(0);
    await picture(page, `${scene}-german`);
  }
});
