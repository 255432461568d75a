/** The built interface, as files. */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

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

/** Sends a file that `fileFor` found. */
export async function sendFile(file: string, response: ServerResponse, headOnly: boolean): Promise<void> {
  const { size } = await stat(file);
  const lasting = HASHED.test(file) && !file.endsWith('.html');
  response.writeHead(200, {
    'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
    'content-length': size,
    'cache-control': lasting ? 'private, max-age=31536000, immutable' : 'no-store',
  });
  if (headOnly) {
    response.end();
    return;
  }
  await pipeline(createReadStream(file), response);
}
