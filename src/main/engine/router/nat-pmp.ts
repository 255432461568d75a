/** Mappings by the NAT Port Mapping Protocol (RFC 6886). */
import type { Outside } from '../outside/index.ts';
import {
  FAREWELL_PAUSES_MS,
  LEASE_S,
  NAT_PMP_EPOCH_SHARE,
  QUESTION_PAUSES_MS,
  WISH_PAUSES_MS,
} from './constants.ts';
import { Epoch } from './epoch.ts';
import { RouterAnswerError, RouterRefusedError, RouterSilentError } from './errors.ts';
import {
  decodeNatPmpAddress,
  decodeNatPmpMap,
  encodeNatPmpAddress,
  encodeNatPmpMap,
  type NatPmpAddressAnswer,
  type NatPmpMapRequest,
} from './nat-pmp-message.ts';
import type { PortControl } from './port-control.ts';
import type { Grant, MappingProtocol, Wish } from './types.ts';

export class NatPmp implements MappingProtocol {
  readonly name = 'nat-pmp';
  readonly #outside: Outside;
  readonly #portControl: PortControl;
  readonly #epoch = new Epoch(NAT_PMP_EPOCH_SHARE);
  #asked: NatPmpMapRequest | undefined;

  constructor(outside: Outside, portControl: PortControl) {
    this.#outside = outside;
    this.#portControl = portControl;
  }

  async probe(signal: AbortSignal): Promise<boolean> {
    return (await this.#askAddress(QUESTION_PAUSES_MS, signal)) !== null;
  }

  async map({ internalPort, externalPort }: Wish, signal: AbortSignal): Promise<Grant> {
    const address = await this.#askAddress(WISH_PAUSES_MS, signal);
    if (address === null) throw new RouterSilentError();
    if (address.result !== 0) throw new RouterRefusedError(address.result);
    const request = { internalPort, externalPort, lifetimeS: LEASE_S };
    this.#asked = request;
    const answer = await this.#portControl.ask(
      encodeNatPmpMap(request),
      (datagram) => decodeNatPmpMap(datagram, request),
      WISH_PAUSES_MS,
      signal,
    );
    if (answer === null) throw new RouterSilentError();
    if (answer.result !== 0) throw new RouterRefusedError(answer.result);
    if (answer.externalPort === 0) throw new RouterAnswerError('it maps to port 0');
    const restarted = this.#restarted(answer.epochS);
    return {
      external: { address: address.externalAddress, port: answer.externalPort },
      lifetimeMs: answer.lifetimeS * 1_000,
      restarted: restarted || address.restarted,
    };
  }

  async unmap(): Promise<void> {
    if (!this.#asked) return;
    const request = { ...this.#asked, lifetimeS: 0 };
    this.#asked = undefined;
    await this.#portControl.ask(
      encodeNatPmpMap(request),
      (datagram) => decodeNatPmpMap(datagram, request),
      FAREWELL_PAUSES_MS,
    );
  }

  /** RFC 6886 §3.2. */
  async #askAddress(
    pausesMs: readonly number[],
    signal: AbortSignal,
  ): Promise<(NatPmpAddressAnswer & { restarted: boolean }) | null> {
    const question = encodeNatPmpAddress();
    const answer = await this.#portControl.ask(question, decodeNatPmpAddress, pausesMs, signal);
    return answer && { ...answer, restarted: this.#restarted(answer.epochS) };
  }

  #restarted(epochS: number): boolean {
    return this.#epoch.restarted(epochS, this.#outside.clock.now());
  }
}
