/** The built interface, as files: both hosts serve them, one over HTTP on loopback and one inside Electron. */
import { realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Names with a hash of their content in them never change. */
const HASHED = /-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

/**
 * The file a URL path means, or null: a path that leaves the folder, a link that leads out of it, a name that begins with
 * a dot, a type we do not serve.
 *
 * @param root absolute, with links already followed
 */
export async function fileFor(root: string, urlPath: string): Promise<string | null> {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  if (path.includes('\0') || path.includes('\\')) return null;
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part.startsWith('.'))) return null;
  const file = join(root, ...(parts.length === 0 ? ['index.html'] : parts));
  if (CONTENT_TYPES[extname(file)] === undefined) return null;
  try {
    const real = await realpath(file);
    if (!real.startsWith(root + sep)) return null;
    return (await stat(real)).isFile() ? real : null;
  } catch {
    // Not there, or not ours to read: for the asker the same.
    return null;
  }
}

/** What a browser must know about a file that `fileFor` found. */
export function headersOf(file: string): Record<string, string> {
  const lasting = HASHED.test(file) && !file.endsWith('.html');
  return {
    'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': lasting ? 'private, max-age=31536000, immutable' : 'no-store',
  };
}
