/** A UPnP gateway on loopback, SSDP and HTTP, honest unless a test has it do otherwise. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const CONTROL_PATH = '/ctl/IPConn';

export interface KeptMapping {
  readonly internalClient: string;
  readonly internalPort: number;
  readonly leaseS: number;
}

export class IgdRouter {
  version: 1 | 2 = 1;
  service = 'WANIPConnection';
  status = 'Connected';
  externalAddress = '198.51.100.7';
  /** Error code of an action, by its name. */
  readonly refuses = new Map<string, (values: Map<string, string>) => number | undefined>();
  readonly mappings = new Map<number, KeptMapping>();
  /** Names of the actions that came. */
  readonly actions: string[] = [];
  /** Answers a request in place of the honest handler. */
  onDescription: Handler | undefined;
  onAction: Handler | undefined;
  /** Where the description is said to be. */
  location: string | undefined;
  controlUrl = CONTROL_PATH;
  urlBase: string | undefined;
  /** What answers a search; one honest answer otherwise. */
  onSearch: ((target: string) => string[]) | undefined;
  readonly #ssdp: Socket = createSocket('udp4');
  readonly #http: Server;

  private constructor() {
    this.#http = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => {
        body += part.toString('utf8');
      });
      request.on('end', () => this.#answer(request, response, body));
    });
  }

  static async open(address = '127.0.0.1'): Promise<IgdRouter> {
    const router = new IgdRouter();
    router.#http.listen(0, address);
    router.#ssdp.bind(0, address);
    await Promise.all([once(router.#http, 'listening'), once(router.#ssdp, 'listening')]);
    router.#ssdp.on('message', (question, from) => {
      const target = /^ST: (.*)$/m.exec(question.toString('latin1'))?.[1]?.trim() ?? '';
      if (!target.endsWith(`:${router.version}`)) return;
      const answers = router.onSearch?.(target) ?? [router.honestSearchAnswer(target)];
      for (const answer of answers) router.#ssdp.send(answer, from.port, from.address);
    });
    return router;
  }

  get ssdpPort(): number {
    return this.#ssdp.address().port;
  }

  get url(): string {
    const { address, port } = this.#http.address() as AddressInfo;
    return `http://${address}:${port}`;
  }

  honestSearchAnswer(target: string): string {
    return (
      `HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nST: ${target}\r\n` +
      `USN: uuid:1::${target}\r\nEXT:\r\nLOCATION: ${this.location ?? `${this.url}/rootDesc.xml`}\r\n\r\n`
    );
  }

  get serviceType(): string {
    return `urn:schemas-upnp-org:service:${this.service}:${this.version}`;
  }

  /** Nested as real ones are: gateway, WAN device, WAN connection device. */
  description(): string {
    const base = this.urlBase === undefined ? '' : `<URLBase>${this.urlBase}</URLBase>`;
    return `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">${base}
      <device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:${this.version}</deviceType>
      <friendlyName>A &amp; B's router</friendlyName>
      <serviceList><service><serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType>
        <controlURL>/ctl/L3F</controlURL></service></serviceList>
      <deviceList><device><deviceList><device><serviceList><service>
        <serviceType>${this.serviceType}</serviceType><controlURL>${this.controlUrl}</controlURL>
      </service></serviceList></device></deviceList></device></deviceList></device></root>`;
  }

  async close(): Promise<void> {
    this.#ssdp.close();
    this.#http.closeAllConnections();
    const closed = once(this.#http, 'close');
    this.#http.close();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: string): void {
    if (request.method === 'GET') {
      if (this.onDescription) this.onDescription(request, response, body);
      else response.setHeader('content-type', 'text/xml').end(this.description());
      return;
    }
    const action = /#(\w+)"$/.exec(String(request.headers.soapaction))?.[1] ?? '';
    this.actions.push(action);
    if (this.onAction) {
      this.onAction(request, response, body);
      return;
    }
    const values = new Map(
      [...body.matchAll(/<(New\w+)>([^<]*)</g)].map(([, name, value]) => [name ?? '', value ?? '']),
    );
    const code = this.refuses.get(action)?.(values);
    if (code !== undefined) {
      response.writeHead(500).end(
        `<s:Envelope xmlns:s="x"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>
         <UPnPError><errorCode>${code}</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>`,
      );
      return;
    }
    const result = this.#act(action, values);
    response.end(
      `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
       <u:${action}Response xmlns:u="${this.serviceType}">${result}</u:${action}Response></s:Body></s:Envelope>`,
    );
  }

  #act(action: string, values: Map<string, string>): string {
    const externalPort = Number(values.get('NewExternalPort'));
    switch (action) {
      case 'GetStatusInfo':
        return `<NewConnectionStatus>${this.status}</NewConnectionStatus>`;
      case 'GetExternalIPAddress':
        return `<NewExternalIPAddress>${this.externalAddress}</NewExternalIPAddress>`;
      case 'DeletePortMapping':
        this.mappings.delete(externalPort);
        return '';
      case 'AddPortMapping':
      case 'AddAnyPortMapping':
        this.mappings.set(externalPort, {
          internalClient: values.get('NewInternalClient') ?? '',
          internalPort: Number(values.get('NewInternalPort')),
          leaseS: Number(values.get('NewLeaseDuration')),
        });
        return action === 'AddPortMapping' ? '' : `<NewReservedPort>${externalPort}</NewReservedPort>`;
      default:
        return '';
    }
  }
}
