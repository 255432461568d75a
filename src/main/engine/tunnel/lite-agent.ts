/**
 * ICE towards the media end of this machine. The engine is the other side of it, as a lite agent (RFC 8445 §2.5): it
 * answers checks at once and sends none, so that the media end is connected without a trip to the other user. Whether
 * there is a way to them is what the path's own checks find out.
 */
import {
  decodeStun,
  encodeStun,
  findAttribute,
  METHOD_BINDING,
  type StunAttribute,
  type StunMessage,
  verifyIntegrity,
} from '../stun/message.ts';
import type { IceCredentials } from './sdp.ts';

export interface LocalCheck {
  /** What the sender of the check is sent. */
  readonly answer: Buffer;
  /** The media end has chosen this way: it will carry its datagrams. */
  readonly nominates: boolean;
}

export class LiteAgent {
  readonly #ufrag: string;
  readonly #pwd: string;

  /** @param credentials those of the description that the media end was given */
  constructor({ ufrag, pwd }: IceCredentials) {
    this.#ufrag = ufrag;
    this.#pwd = pwd;
  }

  /** Null, and no answer, for whatever is not a check by someone who was given that description. Never throws. */
  read(datagram: Buffer, address: string, port: number): LocalCheck | null {
    const check = decodeStun(datagram);
    if (check?.class !== 'request' || check.method !== METHOD_BINDING) return null;
    // RFC 8445 §7.2.2: "ours:theirs". Their half may come to us later than their first check.
    if (!findAttribute(check, 'username')?.text.startsWith(`${this.#ufrag}:`)) return null;
    if (!verifyIntegrity(datagram, this.#pwd)) return null;
    // RFC 8445 §6.1.1: towards a lite agent the full one controls; one that does not know so yet is told (§7.3.1.1).
    if (findAttribute(check, 'ice-controlled')) {
      const conflict = { name: 'error-code', code: 487, reason: '' } as const;
      return { answer: this.#respond(check, 'error', conflict), nominates: false };
    }
    const seen = { name: 'xor-mapped-address', address, port } as const;
    return {
      answer: this.#respond(check, 'success', seen),
      nominates: findAttribute(check, 'use-candidate') !== undefined,
    };
  }

  #respond(check: StunMessage, answer: 'success' | 'error', attribute: StunAttribute): Buffer {
    return encodeStun(
      {
        method: METHOD_BINDING,
        class: answer,
        transactionId: check.transactionId,
        attributes: [attribute],
      },
      { integrityKey: this.#pwd, fingerprint: true },
    );
  }
}
