/**
 * The rendezvous server: where users find each other. WebSocket signalling and a little HTTP on a TCP port, STUN on the UDP
 * port of the same number. It routes sealed envelopes, keeps some for a while, and never reads one.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { type Logger, pino } from 'pino';
import type { ClientConfiguration } from '../shared/rendezvous.ts';
import { type Clock, systemClock } from './clock.ts';
import { DEFAULT_LIMITS, HTTP_HEAD_MS, type ServerLimits } from './constants.ts';
import { Directory } from './directory/index.ts';
import { landmarksOf } from './directory/landmarks.ts';
import { openProbeSockets, type ProbeSockets } from './directory/probe-sockets.ts';
import { Prober } from './directory/prober.ts';
import { Tickets } from './directory/tickets.ts';
import { BindAddressError, bindError, PortTakenError } from './errors.ts';
import { httpHandler } from './http.ts';
import { Metrics } from './metrics.ts';
import { RELAY_PATH } from './relay/constants.ts';
import { Relay, type RelayParts } from './relay/index.ts';
import { bracketed } from './signalling/host.ts';
import { Signalling } from './signalling/index.ts';
import { MemoryMailbox } from './store/memory.ts';
import { type StunAddress, type StunServer, startStunServer } from './stun/index.ts';
import { TurnCredentials } from './turn/credentials.ts';
import { VERSION } from './version.ts';

export type { Clock } from './clock.ts';
export type { ServerLimits } from './constants.ts';
export { PortTakenError } from './errors.ts';

export interface ServerOptions {
  /** Address to bind. `::` is every address of both families, `0.0.0.0` every IPv4 one. */
  readonly host: string;
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  /** UDP port of STUN. Without one the number of the TCP port; 0 lets the system choose. */
  readonly stunPort?: number;
  /** The address of STUN in each family, where it is not `host`. Clients are told of these. */
  readonly stunAddresses?: readonly StunAddress[];
  /** Second addresses of this machine: with one, STUN in that family serves the discovery of NAT behaviour (RFC 5780). */
  readonly stunAlternateAddresses?: readonly StunAddress[];
  /** The second UDP port that goes with them. Without one the port after STUN's; 0 lets the system choose. */
  readonly stunAlternatePort?: number;
  /** What the public relay is reached over; `all` unless told otherwise. */
  readonly relay?: 'all' | 'udp' | 'wss' | 'none';
  /** UDP port of the relay. Without one the system chooses. */
  readonly relayPort?: number;
  /**
   * The name or address clients dial, where it is not an address of this machine: behind a proxy, a port forward or a
   * container. Also the host they are told for STUN.
   */
  readonly publicHost?: string;
  /** What clients are told instead of this server's own STUN service. */
  readonly stunServers?: readonly { readonly host: string; readonly port: number }[];
  /** TURN servers that clients may use, and the secret that they share with this server. */
  readonly turn?: { readonly uris: readonly string[]; readonly secret: string };
  /** Behind a proxy of our own: take the client's address from the last X-Forwarded-For entry. */
  readonly trustProxy?: boolean;
  /** For demonstrations and tests: callers and volunteers are all on this machine and call each other over loopback. */
  readonly oneMachine?: boolean;
  /** Serve `GET /metrics`; true unless told otherwise. */
  readonly metrics?: boolean;
  readonly clock?: Clock;
  /** Silent without one. */
  readonly logger?: Logger;
  readonly limits?: Partial<ServerLimits>;
}

export interface RendezvousServer {
  /** `ws://host:port` as reached from this machine. */
  readonly url: string;
  readonly port: number;
  readonly stunPort: number;
  /** Undefined where STUN has no second address. */
  readonly stunAlternatePort: number | undefined;
  /** UDP port of the public relay; undefined where there is none, or none over UDP. */
  readonly relayPort: number | undefined;
  /** Says goodbye to all clients and frees the ports. Closing again waits for the same end. */
  close(): Promise<void>;
}

/**
 * Starts a server; resolves when both ports are bound.
 *
 * @throws PortTakenError, BindAddressError, StunAddressError, RangeError for limits that contradict each other; nothing stays open then
 */
export async function startServer(options: ServerOptions): Promise<RendezvousServer> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? pino({ level: 'silent' });
  const limits: ServerLimits = { ...DEFAULT_LIMITS, ...options.limits };
  if (limits.bufferedBytes < limits.queuedBytes + limits.mailboxBytes) {
    // A machine with that much waiting would be cut as too slow each time it came back for it.
    throw new RangeError('bufferedBytes must hold queuedBytes and mailboxBytes together');
  }
  const metrics = new Metrics(VERSION);
  const mailbox = new MemoryMailbox(limits);

  const http = createServer({ headersTimeout: HTTP_HEAD_MS, requestTimeout: HTTP_HEAD_MS });
  const address = await listen(http, options.host, options.port);
  let prober: Prober | undefined;
  const onProbeAnswer: Prober['received'] = (...datagram) => prober?.received(...datagram);
  let stun: StunServer;
  try {
    stun = await startStun(options, address, { clock, limits, logger, metrics, onProbeAnswer });
  } catch (error) {
    await closeHttp(http);
    throw error;
  }

  const tickets = new Tickets(clock, limits.relayKbitPerS);
  let relay: Relay | undefined;
  let probes: ProbeSockets | undefined;
  try {
    probes = await openProbeSockets(stun.hosts, stun.send, onProbeAnswer, logger);
    relay = await startRelay(options, address.address, {
      clock,
      limits,
      logger,
      ticketKey: tickets.publicKey,
    });
  } catch (error) {
    await Promise.all([closeHttp(http), stun.close(), probes?.close()]);
    throw error;
  }

  prober = new Prober(clock, probes.send);

  const stunHosts = stun.publicAddresses.length > 0 ? stun.publicAddresses : [options.publicHost ?? ''];
  const stunServers = [...(options.stunServers ?? stunHosts.map((host) => ({ host, port: stun.port })))];
  const configuration: ClientConfiguration = {
    stunServers,
    relays: [],
    ticketKey: tickets.publicText,
    ...(options.turn && { turn: true }),
    limits: {
      envelopeBytes: limits.envelopeBytes,
      envelopesPerMinute: limits.envelopesPerMinute,
      contacts: limits.contacts,
    },
    heartbeatMs: limits.heartbeatMs,
  };
  const directory = new Directory({
    clock,
    metrics,
    tickets,
    prober,
    landmarks: landmarksOf(stunServers),
    relay: relay && {
      carrier: relay.carrier,
      addresses: relay.port === undefined ? [] : [{ host: options.publicHost ?? '', port: relay.port }],
      urls: hasWebSocketLegs(options) ? [RELAY_PATH] : [],
    },
    oneMachine: options.oneMachine ?? false,
    isContactOf: (userId, contact) => signalling.isContactOf(userId, contact),
    kbitPerS: limits.relayKbitPerS,
  });
  const signalling: Signalling = new Signalling({
    clock,
    limits,
    logger,
    metrics,
    mailbox,
    publicHost: options.publicHost,
    trustProxy: options.trustProxy ?? false,
    configuration: () => configuration,
    directory,
    turn: new TurnCredentials(clock, options.turn),
    acceptLeg:
      relay && hasWebSocketLegs(options)
        ? (webSocket, from, port) => relay.accept(webSocket, from, port)
        : undefined,
  });
  const connections = () => signalling.connections;
  metrics.observe({
    connections,
    connectedDevices: () => signalling.connectedDevices,
    resumableDevices: () => signalling.resumableDevices,
    mailboxEnvelopes: () => mailbox.size.envelopes,
    mailboxBytes: () => mailbox.size.bytes,
    relayBridges: () => relay?.bridges ?? 0,
    relayBytes: () => relay?.bytesForwarded ?? 0,
    nodes: () => directory.nodes.size,
    nodesWithRoom: () => directory.nodes.index.size,
  });
  http.on('request', httpHandler({ clock, metrics, serveMetrics: options.metrics ?? true, connections }));
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy()); // A client that went away during the handshake.
    signalling.handleUpgrade(request, socket, head);
  });
  const url = `ws://${bracketed(reachableHost(address.address))}:${address.port}`;
  logger.info(
    {
      url,
      stunPort: stun.port,
      stunAlternatePort: stun.alternatePort,
      stunFamilies: stun.families,
      version: VERSION,
    },
    'listening',
  );

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    // The port first, so that no client returns to a server that is leaving.
    const portClosed = closeHttp(http);
    await signalling.close();
    directory.nodes.close();
    prober?.close();
    await Promise.all([portClosed, stun.close(), probes?.close(), relay?.close()]);
    logger.info('closed');
  };
  return {
    url,
    port: address.port,
    stunPort: stun.port,
    stunAlternatePort: stun.alternatePort,
    relayPort: relay?.port,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function listen(http: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    http.listen({ host, port, exclusive: true });
    await once(http, 'listening');
  } catch (error) {
    const cause = bindError(error, 'TCP', host, port, '--port');
    // A machine without IPv6 still has all of its IPv4 addresses.
    if (cause instanceof BindAddressError && host === '::') return listen(http, '0.0.0.0', port);
    throw cause;
  }
  const address = http.address();
  if (address === null || typeof address === 'string') throw new BindAddressError(host, null);
  return address;
}

/** The UDP port of the same number unless told otherwise; where the system chose that number, another one will do. */
async function startStun(
  options: ServerOptions,
  address: AddressInfo,
  parts: Parameters<typeof startStunServer>[1],
): Promise<StunServer> {
  const listening = {
    host: address.address,
    port: options.stunPort ?? address.port,
    addresses: options.stunAddresses,
    alternateAddresses: options.stunAlternateAddresses,
    alternatePort: options.stunAlternatePort,
  };
  try {
    return await startStunServer(listening, parts);
  } catch (error) {
    const chosenBySystem = options.stunPort === undefined && options.port === 0;
    if (!chosenBySystem || !(error instanceof PortTakenError)) throw error;
    return startStunServer({ ...listening, port: 0 }, parts);
  }
}

async function startRelay(
  { relay: reachedOver = 'all', relayPort = 0 }: ServerOptions,
  host: string,
  parts: RelayParts,
): Promise<Relay | undefined> {
  if (reachedOver === 'none') return undefined;
  const relay = new Relay(parts);
  if (reachedOver !== 'wss') await relay.listen(host, relayPort);
  return relay;
}

function hasWebSocketLegs({ relay = 'all' }: ServerOptions): boolean {
  return relay === 'all' || relay === 'wss';
}

function closeHttp(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}

function reachableHost(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return isIPv6(address) && address === '::' ? '::1' : address;
}
