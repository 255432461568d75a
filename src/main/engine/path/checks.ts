/**
 * Checks and acks (patent S106): STUN Binding requests and success responses with MESSAGE-INTEGRITY, as RFC 8445 §7 has them. This file
 * writes and reads them; what follows from one is decided in `session.ts`.
 */
import type { PathParameters } from '../../../shared/signal.ts';
import type { Random } from '../outside/index.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import {
  encodeStun,
  findAttribute,
  METHOD_BINDING,
  type StunAttribute,
  type StunMessage,
  unknownRequiredAttributes,
  verifyIntegrity,
} from '../stun/message.ts';
import type { Source } from '../stun/transactions.ts';
import { candidatePriority } from './candidates.ts';
import { MAX_SEEN_CHECKS } from './constants.ts';

export type Role = 'controlling' | 'controlled';

/** RFC 8445 §7.1.1: what the other side gives the address it sees, if it does not know it yet. */
const PEER_REFLEXIVE_PRIORITY = candidatePriority('prflx', 65_535);

export interface IncomingCheck {
  readonly request: StunMessage;
  readonly source: Source;
  /** PRIORITY, for a peer-reflexive candidate. */
  readonly priority: number;
  readonly senderRole: Role;
  readonly senderTieBreaker: bigint;
  /** Set when the sender, controlling, wants datagrams on this pair; the highest counts. */
  readonly nomination: number | undefined;
  /** What its sender sent over this pair; see `audit/tally.ts`. */
  readonly tally: Buffer | undefined;
}

export class CheckCodec {
  readonly tieBreaker: bigint;
  role: Role;
  readonly #random: Random;
  readonly #local: { ufrag: string; pwd: string };
  #remote: { ufrag: string; pwd: string } | undefined;
  /** Transaction IDs of checks that came in, with the address each came from. */
  readonly #seen = new Map<string, string>();

  constructor(role: Role, random: Random, local: { ufrag: string; pwd: string }) {
    this.role = role;
    this.#random = random;
    this.tieBreaker = random.bytes(8).readBigUInt64BE(0);
    this.#local = { ufrag: local.ufrag, pwd: local.pwd };
  }

  setRemote(remote: Pick<PathParameters, 'ufrag' | 'pwd'>): void {
    this.#remote = { ufrag: remote.ufrag, pwd: remote.pwd };
  }

  /** @throws Error before `setRemote` */
  writeCheck(nomination: number | undefined, tally?: Buffer): { transactionId: Buffer; datagram: Buffer } {
    if (!this.#remote) throw new Error('no check before the other side is known');
    const attributes: StunAttribute[] = [
      { name: 'username', text: `${this.#remote.ufrag}:${this.#local.ufrag}` },
      { name: 'priority', value: PEER_REFLEXIVE_PRIORITY },
      {
        name: this.role === 'controlling' ? 'ice-controlling' : 'ice-controlled',
        tieBreaker: this.tieBreaker,
      },
    ];
    if (nomination !== undefined) {
      attributes.push({ name: 'use-candidate' }, { name: 'nomination', value: nomination });
    }
    if (tally) attributes.push({ name: 'tally', value: tally });
    const transactionId = this.#random.bytes(TRANSACTION_ID_BYTES);
    const datagram = encodeStun(
      { method: METHOD_BINDING, class: 'request', transactionId, attributes },
      { integrityKey: this.#remote.pwd, fingerprint: true },
    );
    return { transactionId, datagram };
  }

  /** Whether a response was made by someone who has the other side's password. */
  isAuthentic(response: Buffer): boolean {
    return this.#remote !== undefined && verifyIntegrity(response, this.#remote.pwd);
  }

  /**
   * Reads a check that came in. Null, and no answer, unless it is from the side we are connected to, authentic, complete, and not a copy
   * of one that came from elsewhere.
   */
  readCheck(request: StunMessage, datagram: Buffer, source: Source): IncomingCheck | null {
    const username = findAttribute(request, 'username')?.text;
    if (!this.#remote || username !== `${this.#local.ufrag}:${this.#remote.ufrag}`) return null;
    const controlling = findAttribute(request, 'ice-controlling');
    const controlled = findAttribute(request, 'ice-controlled');
    const priority = findAttribute(request, 'priority')?.value;
    const claim = controlling ?? controlled;
    if (!claim || priority === undefined || !verifyIntegrity(datagram, this.#local.pwd)) return null;
    if (this.#isReplay(request.transactionId, source)) return null;
    const nominates = controlling !== undefined && findAttribute(request, 'use-candidate') !== undefined;
    return {
      request,
      source,
      priority: Math.min(Math.max(priority, 1), 0x7fffffff),
      senderRole: controlling ? 'controlling' : 'controlled',
      senderTieBreaker: claim.tieBreaker,
      nomination: nominates ? (findAttribute(request, 'nomination')?.value ?? 0) : undefined,
      tally: findAttribute(request, 'tally')?.value,
    };
  }

  /** The ack: it tells the sender which address it was seen at (RFC 8445 §7.3.1.2). Shorter than the check it answers. */
  writeAck({ request, source }: IncomingCheck): Buffer {
    return this.#respond(request, 'success', [
      { name: 'xor-mapped-address', address: source.address, port: source.port },
    ]);
  }

  /** RFC 8445 §7.3.1.1. */
  writeRoleConflict({ request }: IncomingCheck): Buffer {
    return this.#respond(request, 'error', [{ name: 'error-code', code: 487, reason: '' }]);
  }

  /** RFC 8489 §6.3.1: an authentic request that asks for something this engine does not know. */
  writeUnknown({ request }: IncomingCheck): Buffer | null {
    const codes = unknownRequiredAttributes(request);
    if (codes.length === 0) return null;
    return this.#respond(request, 'error', [
      { name: 'error-code', code: 420, reason: '' },
      { name: 'unknown-attributes', codes },
    ]);
  }

  #respond(request: StunMessage, answer: 'success' | 'error', attributes: StunAttribute[]): Buffer {
    return encodeStun(
      { method: request.method, class: answer, transactionId: request.transactionId, attributes },
      { integrityKey: this.#local.pwd, fingerprint: true },
    );
  }

  /** A retransmission comes from the same address; a copy that a third party sends on comes from another one. */
  #isReplay(transactionId: Buffer, source: Source): boolean {
    const key = transactionId.toString('latin1');
    const from = `${source.address} ${source.port}`;
    const known = this.#seen.get(key);
    if (known !== undefined) return known !== from;
    this.#seen.set(key, from);
    if (this.#seen.size > MAX_SEEN_CHECKS) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return false;
  }
}
