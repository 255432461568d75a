/** A STUN server in memory with two addresses and two ports (RFC 5780), honest unless it is told to lie. */
import type { TransportAddress } from '../../../../shared/words.ts';
import type { Datagram } from '../../path/testing/world.ts';
import {
  decodeStun,
  encodeStun,
  findAttribute,
  type StunAttribute,
  type StunMessage,
} from '../../stun/message.ts';

export interface StunSiteOptions {
  readonly addresses: readonly [string, string];
  readonly ports: readonly [number, number];
  /** Without RFC 5780 it has one address, says nothing of another, and does not know CHANGE-REQUEST. */
  readonly plain?: boolean;
  /** What OTHER-ADDRESS says, when not the truth. */
  readonly otherAddress?: TransportAddress;
  /** Which of its addresses are silent. */
  readonly silentAt?: (at: TransportAddress) => boolean;
  /** Changes or drops (null) an answer on its way out. */
  readonly twist?: (answer: Datagram, request: StunMessage) => Datagram | null;
  /** What it says our address is. */
  readonly sees?: (from: TransportAddress, at: TransportAddress) => TransportAddress;
}

export class StunSite {
  readonly #options: StunSiteOptions;
  asked = 0;

  constructor(options: StunSiteOptions) {
    this.#options = options;
  }

  /** Whether an address is one of its own. */
  listensAt({ address, port }: TransportAddress): boolean {
    const { addresses, ports, plain } = this.#options;
    if (plain) return address === addresses[0] && port === ports[0];
    return addresses.includes(address) && ports.includes(port);
  }

  /** The answer to a datagram, or null. */
  answer(datagram: Datagram): Datagram | null {
    const { plain, silentAt, twist, sees } = this.#options;
    const at = { address: datagram.to, port: datagram.toPort };
    const from = { address: datagram.from, port: datagram.fromPort };
    const request = decodeStun(datagram.bytes);
    if (request?.class !== 'request') return null;
    this.asked++;
    const change = findAttribute(request, 'change-request');
    const origin = this.#changed(at, change?.changeAddress === true, change?.changePort === true);
    if (silentAt?.(at) || silentAt?.(origin)) return null;
    const mapped = sees ? sees(from, at) : from;
    const attributes: StunAttribute[] = [{ name: 'xor-mapped-address', ...mapped }];
    if (plain && change) {
      return this.#reply(request, at, from, 'error', [{ name: 'error-code', code: 420, reason: 'Unknown' }]);
    }
    if (!plain) {
      const other = this.#options.otherAddress ?? this.#changed(at, true, true);
      attributes.push({ name: 'other-address', ...other }, { name: 'response-origin', ...origin });
    }
    const responsePort = plain ? undefined : findAttribute(request, 'response-port')?.port;
    const to = { address: from.address, port: responsePort ?? from.port };
    const answer = this.#reply(request, origin, to, 'success', attributes);
    return twist ? twist(answer, request) : answer;
  }

  #changed(
    { address, port }: TransportAddress,
    changeAddress: boolean,
    changePort: boolean,
  ): TransportAddress {
    const { addresses, ports } = this.#options;
    const otherOf = <Kind>([one, two]: readonly [Kind, Kind], not: Kind) => (not === one ? two : one);
    return {
      address: changeAddress ? otherOf(addresses, address) : address,
      port: changePort ? otherOf(ports, port) : port,
    };
  }

  #reply(
    request: StunMessage,
    origin: TransportAddress,
    to: TransportAddress,
    kind: 'success' | 'error',
    attributes: readonly StunAttribute[],
  ): Datagram {
    const { method, transactionId } = request;
    const bytes = encodeStun({ method, class: kind, transactionId, attributes });
    return { bytes, from: origin.address, fromPort: origin.port, to: to.address, toPort: to.port };
  }
}
