/** Searching for gateways by SSDP (UPnP Device Architecture 1.1 §1.3): a question to everybody, and to the router itself. */
import type { Logger } from 'pino';
import type { NetworkRouter, Outside } from '../outside/index.ts';
import { isPrivate } from './addresses.ts';
import {
  MAX_SEARCH_ANSWER_BYTES,
  MAX_SEARCH_ANSWERS,
  MAX_URL_CHARACTERS,
  SEARCH_MX_S,
  SEARCH_PAUSES_MS,
  SSDP_GROUP,
} from './constants.ts';
import { pause } from './waiting.ts';

/** Version 2 devices answer to version 1 too, by the book; not all read it. */
const TARGETS = [
  'urn:schemas-upnp-org:device:InternetGatewayDevice:1',
  'urn:schemas-upnp-org:device:InternetGatewayDevice:2',
];
const GATEWAY = /^urn:schemas-upnp-org:device:InternetGatewayDevice:\d{1,2}$/i;

/** Where on the router something is to be had. The address is not part of it: only the router's own is ever asked. */
export interface RouterLocation {
  readonly port: number;
  /** Path and query. */
  readonly path: string;
}

/** A gateway that answered: its address, and where its description is. */
export interface FoundGateway extends RouterLocation {
  readonly address: string;
}

/**
 * Hands every gateway that answers to `onFound`, each location once, until the search is over or the signal fires. A router that
 * the system named is believed alone; where it was guessed, so is any machine with a private address.
 *
 * @param port where SSDP is asked
 */
export async function searchGateways(
  outside: Outside,
  router: NetworkRouter,
  port: number,
  onFound: (gateway: FoundGateway) => void,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> {
  const seen = new Set<string>();
  const receive = (datagram: Buffer, address: string) => {
    if (signal.aborted || seen.size === MAX_SEARCH_ANSWERS) return;
    if (router.certain ? address !== router.address : !isPrivate(address)) return;
    const location = readSearchAnswer(datagram, address);
    const key = JSON.stringify([address, location]);
    if (location === null || seen.has(key)) return;
    seen.add(key);
    onFound({ address, ...location });
  };
  let socket: Awaited<ReturnType<Outside['network']['bind']>>;
  try {
    socket = await outside.network.bind(
      'IPv4',
      0,
      receive,
      (error) => logger.debug({ err: error }, 'the socket of the search reported an error'),
      router.localAddress,
    );
  } catch (error) {
    logger.debug({ err: error }, 'no socket for searching gateways');
    return;
  }
  try {
    for (const pauseMs of SEARCH_PAUSES_MS) {
      if (signal.aborted) break;
      for (const target of TARGETS) {
        const question = searchQuestion(target);
        // A network that takes no multicast says so in the callback; the question to the router itself is on its way all the same.
        for (const to of [SSDP_GROUP, router.address]) {
          socket.send(question, 0, question.length, port, to, () => undefined);
        }
      }
      await pause(outside.clock, pauseMs, signal);
    }
  } finally {
    socket.close();
  }
}

function searchQuestion(target: string): Buffer {
  const lines = [
    'M-SEARCH * HTTP/1.1',
    `HOST: ${SSDP_GROUP}:1900`,
    'MAN: "ssdp:discover"',
    `MX: ${SEARCH_MX_S}`,
    `ST: ${target}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Where the answering machine has its description; null when it is no gateway, or names another machine than itself. */
export function readSearchAnswer(datagram: Buffer, from: string): RouterLocation | null {
  if (datagram.length > MAX_SEARCH_ANSWER_BYTES) return null;
  const [status = '', ...lines] = datagram.toString('latin1').split('\r\n');
  if (!/^HTTP\/1\.[01] 200(?: |$)/.test(status)) return null;
  const header = (name: string): string => {
    const line = lines.find((each) => each.slice(0, name.length + 1).toLowerCase() === `${name}:`);
    return line?.slice(name.length + 1).trim() ?? '';
  };
  if (!GATEWAY.test(header('st'))) return null;
  return locationOn(from, header('location'));
}

/** A URL's place on that very machine; null when it leads anywhere else, or is anything but plain HTTP. */
export function locationOn(address: string, url: string, base?: RouterLocation): RouterLocation | null {
  if (url.length > MAX_URL_CHARACTERS) return null;
  const from = base && `http://${address}:${base.port}${base.path}`;
  if (!URL.canParse(url, from)) return null;
  const { protocol, hostname, port, username, password, pathname, search } = new URL(url, from);
  if (protocol !== 'http:' || hostname !== address || username !== '' || password !== '') return null;
  return port === '0' ? null : { port: port === '' ? 80 : Number(port), path: `${pathname}${search}` };
}
