/** Mappings by UPnP: WANIPConnection 1 and 2, and WANPPPConnection 1, of an Internet Gateway Device. */
import { isIPv4 } from 'node:net';
import type { Logger } from 'pino';
import type { HttpReply, NetworkRouter, Outside } from '../outside/index.ts';
import {
  FAREWELL_LIMIT_MS,
  HTTP_LIMIT_MS,
  LEASE_S,
  MAX_ACTION_ANSWER_BYTES,
  MAX_CONNECTION_SERVICES,
  MAX_DESCRIPTION_BYTES,
  MAX_OTHER_PORTS,
} from './constants.ts';
import { RouterAnswerError, RouterRefusedError, RouterSilentError } from './errors.ts';
import { type ConnectionService, readConnectionServices } from './igd-description.ts';
import { type ActionAnswer, readActionAnswer, writeAction } from './soap.ts';
import { type FoundGateway, type RouterLocation, searchGateways } from './ssdp.ts';
import type { Grant, MappingProtocol, Wish } from './types.ts';
import { within } from './waiting.ts';

/** UPnP Device Architecture 1.1 §3.2.2 and WANIPConnection §2.4: reasons that have a way around. */
const INVALID_ACTION = 401;
const OPTIONAL_ACTION = 602;
const INVALID_VALUES = 402;
const PORT_TAKEN = 718;
const SAME_PORT_REQUIRED = 724;
const PERMANENT_LEASES_ONLY = 725;
/** Ports that other services of a router do not want (RFC 6335 §6, Dynamic Ports). */
const FIRST_DYNAMIC_PORT = 49_152;
/** What the router's own page shows beside the mapping. */
const DESCRIPTION = 'Byway';

/** The service that does it, and on which machine. */
interface Gateway {
  readonly address: string;
  readonly service: ConnectionService;
}

export class UpnpIgd implements MappingProtocol {
  readonly name = 'upnp-igd';
  readonly #outside: Outside;
  readonly #router: NetworkRouter;
  readonly #ssdpPort: number;
  readonly #logger: Logger;
  #gateway: Gateway | undefined;
  #leaseS = LEASE_S;
  /** External ports that were asked for and not refused: also those whose answer was lost. */
  readonly #mappedPorts = new Set<number>();

  /** @param ssdpPort where the search is sent */
  constructor(outside: Outside, router: NetworkRouter, ssdpPort: number, logger: Logger) {
    this.#outside = outside;
    this.#router = router;
    this.#ssdpPort = ssdpPort;
    this.#logger = logger;
  }

  async probe(signal: AbortSignal): Promise<boolean> {
    const searching = new AbortController();
    const end = () => searching.abort();
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    try {
      const examinations: Promise<void>[] = [];
      const onFound = (found: FoundGateway) => {
        examinations.push(
          this.#examine(found, searching.signal).then((gateway) => {
            // The first one that is up; a search that found one is over.
            this.#gateway ??= gateway;
            if (gateway) end();
          }),
        );
      };
      await searchGateways(
        this.#outside,
        this.#router,
        this.#ssdpPort,
        onFound,
        searching.signal,
        this.#logger,
      );
      await Promise.all(examinations);
      return this.#gateway !== undefined;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  async map({ internalPort, externalPort }: Wish, signal: AbortSignal): Promise<Grant> {
    const gateway = this.#gateway;
    if (!gateway) throw new RouterSilentError();
    const port = await this.#mapSomePort(gateway, internalPort, externalPort, signal);
    for (const other of [...this.#mappedPorts]) if (other !== port) await this.#delete(other);
    const answer = await this.#act(gateway, 'GetExternalIPAddress', [], signal);
    if (!answer.ok) throw new RouterRefusedError(answer.code);
    const address = answer.value('NewExternalIPAddress') ?? '';
    if (!isIPv4(address)) throw new RouterAnswerError('its external address is none');
    const lifetimeMs = this.#leaseS === 0 ? undefined : this.#leaseS * 1_000;
    return { external: { address, port }, lifetimeMs, restarted: false };
  }

  async unmap(): Promise<void> {
    await Promise.all([...this.#mappedPorts].map((port) => this.#delete(port)));
  }

  /** The description of what answered the search, and the first of its connections that is up. */
  async #examine(found: FoundGateway, signal: AbortSignal): Promise<Gateway | undefined> {
    try {
      const { address } = found;
      const { status, body } = await this.#request(address, found, undefined, MAX_DESCRIPTION_BYTES, signal);
      if (status !== 200) return undefined;
      const services = readConnectionServices(body.toString('utf8'), address, found);
      for (const service of services.slice(0, MAX_CONNECTION_SERVICES)) {
        const gateway = { address, service };
        const answer = await this.#act(gateway, 'GetStatusInfo', [], signal);
        if (answer.ok && answer.value('NewConnectionStatus') === 'Connected') return gateway;
      }
    } catch (error) {
      // The search is over once one gateway was found; what was still being looked at then is no failure.
      if (!signal.aborted) this.#logger.debug({ err: error }, 'what answered the search is of no use');
    }
    return undefined;
  }

  /** @returns the external port that was mapped */
  async #mapSomePort(
    gateway: Gateway,
    internalPort: number,
    wanted: number,
    signal: AbortSignal,
  ): Promise<number> {
    let port = wanted;
    let choosesItself = gateway.service.type.endsWith('WANIPConnection:2');
    // Each way around a refusal is taken once, each other port too, so this ends.
    for (let tries = 0; tries < MAX_OTHER_PORTS + 3; tries++) {
      const action = choosesItself ? 'AddAnyPortMapping' : 'AddPortMapping';
      this.#mappedPorts.add(port);
      const answer = await this.#add(gateway, action, internalPort, port, signal);
      if (answer.ok) {
        const mapped = choosesItself ? reservedPort(answer) : port;
        if (mapped !== port) this.#mappedPorts.delete(port);
        this.#mappedPorts.add(mapped);
        return mapped;
      }
      this.#mappedPorts.delete(port);
      if (choosesItself && (answer.code === INVALID_ACTION || answer.code === OPTIONAL_ACTION)) {
        choosesItself = false;
      } else if (this.#leaseS !== 0 && wantsPermanentLease(answer.code)) {
        this.#leaseS = 0;
      } else if (answer.code === PORT_TAKEN && tries < MAX_OTHER_PORTS) {
        port = FIRST_DYNAMIC_PORT + (this.#outside.random.bytes(2).readUInt16BE(0) >> 2);
      } else if (answer.code === SAME_PORT_REQUIRED && port !== internalPort) {
        port = internalPort;
      } else {
        throw new RouterRefusedError(answer.code);
      }
    }
    throw new RouterRefusedError(PORT_TAKEN);
  }

  #add(
    gateway: Gateway,
    action: string,
    internalPort: number,
    externalPort: number,
    signal: AbortSignal,
  ): Promise<ActionAnswer> {
    return this.#act(
      gateway,
      action,
      [
        ['NewRemoteHost', ''],
        ['NewExternalPort', String(externalPort)],
        ['NewProtocol', 'UDP'],
        ['NewInternalPort', String(internalPort)],
        ['NewInternalClient', this.#router.localAddress],
        ['NewEnabled', '1'],
        ['NewPortMappingDescription', DESCRIPTION],
        ['NewLeaseDuration', String(this.#leaseS)],
      ],
      signal,
    );
  }

  async #delete(port: number): Promise<void> {
    const gateway = this.#gateway;
    if (!gateway) return;
    this.#mappedPorts.delete(port);
    try {
      await within(this.#outside.clock, FAREWELL_LIMIT_MS, undefined, (signal) =>
        this.#act(
          gateway,
          'DeletePortMapping',
          [
            ['NewRemoteHost', ''],
            ['NewExternalPort', String(port)],
            ['NewProtocol', 'UDP'],
          ],
          signal,
        ),
      );
    } catch (error) {
      this.#logger.debug({ err: error }, 'the router did not take its mapping back; it ends with its lease');
    }
  }

  /** @throws RouterSilentError or RouterAnswerError */
  async #act(
    { address, service }: Gateway,
    action: string,
    values: readonly (readonly [string, string])[],
    signal: AbortSignal,
  ): Promise<ActionAnswer> {
    const request = {
      action: `"${service.type}#${action}"`,
      body: writeAction(service.type, action, values),
    };
    const { status, body } = await this.#request(
      address,
      service.control,
      request,
      MAX_ACTION_ANSWER_BYTES,
      signal,
    );
    const answer = readActionAnswer(status, body.toString('utf8'), action);
    if (answer === null) throw new RouterAnswerError(`it answers ${action} with something else`);
    return answer;
  }

  /** @throws RouterSilentError when there is no whole answer in time */
  async #request(
    address: string,
    { port, path }: RouterLocation,
    action: { readonly action: string; readonly body: string } | undefined,
    maxBodyBytes: number,
    outer: AbortSignal,
  ): Promise<HttpReply> {
    const { clock, network } = this.#outside;
    const { requestHttp } = network;
    if (!requestHttp) throw new RouterSilentError();
    const headers = action && { 'content-type': 'text/xml; charset="utf-8"', soapaction: action.action };
    try {
      return await within(clock, HTTP_LIMIT_MS, outer, (signal) =>
        requestHttp({
          address,
          port,
          localAddress: this.#router.localAddress,
          method: action ? 'POST' : 'GET',
          path,
          headers: { connection: 'close', ...headers },
          body: action?.body,
          maxBodyBytes,
          signal,
        }),
      );
    } catch (error) {
      throw new RouterSilentError({ cause: error });
    }
  }
}

/** Old routers say that the values are wrong when they know no leases. */
function wantsPermanentLease(code: number): boolean {
  return code === PERMANENT_LEASES_ONLY || code === INVALID_VALUES;
}

function reservedPort(answer: ActionAnswer & { ok: true }): number {
  const text = answer.value('NewReservedPort') ?? '';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new RouterAnswerError('it maps to a port that is none');
  return port;
}
