/**
 * What a request must show before it is looked at. Loopback is reachable from every page in every browser of this machine,
 * so being local proves nothing.
 */
import type { IncomingMessage } from 'node:http';

/** The names a browser may have dialled. Any other means DNS rebinding: a hostile page's own name, pointed at 127.0.0.1. */
export function isOwnHost(request: IncomingMessage, port: number): boolean {
  const { host } = request.headers;
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`;
}

/** Whether the page that asks is ours: its origin is the very address that was dialled. An absent origin is no page at all. */
export function isOwnOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return origin !== undefined && origin === `http://${host}`;
}

/** Cookies know no ports: two hosts on one machine would overwrite each other's without the port in the name. */
export function cookieName(port: number): string {
  return `byway-session-${port}`;
}

/** The session's secret in a request's cookies; empty when there is none. */
export function sessionCookie(request: IncomingMessage, port: number): string {
  const wanted = `${cookieName(port)}=`;
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const cookie = part.trim();
    if (cookie.startsWith(wanted)) return cookie.slice(wanted.length);
  }
  return '';
}
