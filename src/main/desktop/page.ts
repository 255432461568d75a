/** The page in the window: our own files under an address of their own, and nothing from anywhere else. */
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { app, type Session } from 'electron';
import { fileFor, headersOf } from '../interface/files.ts';
import { SECURITY_HEADERS } from '../interface/security-headers.ts';
import { PAGE_HOST, PAGE_ORIGIN } from './constants.ts';

/** The interface while it is developed, with reloading; never in an installed app. */
const developmentUrl = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL;

const builtFile = (...parts: string[]): string => join(app.getAppPath(), 'out', ...parts);

/** The bridge; a page can only be given a file that lies on the disk. */
export const preloadFile = builtFile('preload/index.cjs');

/** Where the window goes. `instrument` makes the page offer its measurements. */
export function pageUrl(instrument: boolean): string {
  return `${developmentUrl ?? `${PAGE_ORIGIN}/`}${instrument ? '?instrument=1' : ''}`;
}

/** Whether an address belongs to our page. */
export function isOwnPage(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin } = new URL(url);
  return (
    origin === PAGE_ORIGIN || (developmentUrl !== undefined && origin === new URL(developmentUrl).origin)
  );
}

/** Answers every request of the window's session from the app's own files. */
export async function servePage(session: Session): Promise<void> {
  if (developmentUrl !== undefined) return;
  const root = await realpath(builtFile('renderer'));
  session.protocol.handle('https', async (request) => {
    const { host, pathname } = new URL(request.url);
    const file = host === PAGE_HOST && request.method === 'GET' ? await fileFor(root, pathname) : null;
    if (file === null) return new Response('Nothing here.\n', { status: 404, headers: SECURITY_HEADERS });
    const bytes = new Uint8Array(await readFile(file));
    return new Response(bytes, { headers: { ...SECURITY_HEADERS, ...headersOf(file) } });
  });
  session.protocol.handle('http', () => new Response('Nothing here.\n', { status: 404 }));
}
