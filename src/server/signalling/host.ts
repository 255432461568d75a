/**
 * Which names this server answers to. A client signs the name it dialled; that defends it only if a server refuses names
 * that are not its own. Otherwise a hostile server could pass our challenge on to its visitor, give its own name as
 * the Host header here, and be logged in as the visitor.
 */
import { hostname } from 'node:os';
import { plainAddress } from '../source-address.ts';

const LOOPBACK = /^(127\.|::1$)/;

/**
 * Whether a Host header names this server: by its public name, by the address the connection came in on, by the
 * machine's own name, or as localhost from this machine. The port is not compared: whoever has another port of this
 * name is this machine, or forwards to it.
 *
 * @param localAddress the server's end of the TCP connection
 */
export function isOwnHost(host: string, localAddress: string, publicHost: string | undefined): boolean {
  const name = nameOf(host);
  if (name === null) return false;
  const local = plainAddress(localAddress);
  if (publicHost !== undefined && name === nameOf(bracketed(publicHost))) return true;
  if (name === nameOf(bracketed(local))) return true;
  if (name === 'localhost') return LOOPBACK.test(local);
  const machine = hostname().toLowerCase();
  return name === machine || name === `${machine}.local`;
}

/** An address or name as it stands in a URL: IPv6 in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** The name in a Host header, spelled as URLs spell it; null when it is none. */
function nameOf(host: string): string | null {
  if (/[/?#@\\\s]/.test(host) || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}
