/** Mappings by the Port Control Protocol (RFC 6887); for IPv6 they are holes in a firewall. */
import type { NetworkRouter, Outside } from '../outside/index.ts';
import {
  FAREWELL_PAUSES_MS,
  LEASE_S,
  PCP_EPOCH_SHARE,
  QUESTION_PAUSES_MS,
  WISH_PAUSES_MS,
} from './constants.ts';
import { Epoch } from './epoch.ts';
import { RouterAnswerError, RouterRefusedError, RouterSilentError } from './errors.ts';
import {
  decodePcpAnnounce,
  decodePcpMap,
  encodePcpAnnounce,
  encodePcpMap,
  PCP_NONCE_BYTES,
  type PcpMapRequest,
} from './pcp-message.ts';
import type { PortControl } from './port-control.ts';
import type { Grant, MappingProtocol, Wish } from './types.ts';

export class Pcp implements MappingProtocol {
  readonly name = 'pcp';
  readonly #outside: Outside;
  readonly #router: NetworkRouter;
  readonly #portControl: PortControl;
  readonly #epoch = new Epoch(PCP_EPOCH_SHARE);
  /** RFC 6887 §11.2: one a mapping, the same in renewals; who does not know it cannot change the mapping. */
  readonly #nonce: Buffer;
  #asked: PcpMapRequest | undefined;

  constructor(outside: Outside, router: NetworkRouter, portControl: PortControl) {
    this.#outside = outside;
    this.#router = router;
    this.#portControl = portControl;
    this.#nonce = outside.random.bytes(PCP_NONCE_BYTES);
  }

  async probe(signal: AbortSignal): Promise<boolean> {
    const question = encodePcpAnnounce(this.#router.localAddress);
    const answer = await this.#portControl.ask(question, decodePcpAnnounce, QUESTION_PAUSES_MS, signal);
    if (answer === null) return false;
    this.#epoch.restarted(answer.epochS, this.#outside.clock.now());
    return true;
  }

  async map({ internalPort, externalPort }: Wish, signal: AbortSignal): Promise<Grant> {
    const clientAddress = this.#router.localAddress;
    const request = { clientAddress, nonce: this.#nonce, internalPort, externalPort, lifetimeS: LEASE_S };
    this.#asked = request;
    const answer = await this.#portControl.ask(
      encodePcpMap(request),
      (datagram) => decodePcpMap(datagram, request),
      WISH_PAUSES_MS,
      signal,
    );
    if (answer === null) throw new RouterSilentError();
    if (answer.result !== 0) throw new RouterRefusedError(answer.result);
    if (answer.externalPort === 0) throw new RouterAnswerError('it maps to port 0');
    return {
      external: { address: answer.externalAddress, port: answer.externalPort },
      lifetimeMs: answer.lifetimeS * 1_000,
      restarted: this.#epoch.restarted(answer.epochS, this.#outside.clock.now()),
    };
  }

  async unmap(): Promise<void> {
    if (!this.#asked) return;
    const request = { ...this.#asked, lifetimeS: 0 };
    this.#asked = undefined;
    await this.#portControl.ask(
      encodePcpMap(request),
      (datagram) => decodePcpMap(datagram, request),
      FAREWELL_PAUSES_MS,
    );
  }
}
