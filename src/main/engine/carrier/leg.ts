/**
 * A leg: this machine's way to a carrier that forwards a call. To the path session it is a socket like any other: what is sent
 * on it goes in ChannelData (RFC 8656 §12.4) to the carrier, and what the carrier forwards comes out of it. So checks, acks,
 * nomination and consent run end to end through the carrier, which reads none of them.
 *
 *   joining ──success──▶ joined ──goodbye──▶ leaving
 *      └──────── refused, or no answer ───────▶ failed
 */
import type { KeyObject } from 'node:crypto';
import type { PathKind, TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, DatagramSocket, Random } from '../outside/index.ts';
import { CHANNEL_HEADER_BYTES, JOIN_ERRORS } from '../sfu/constants.ts';
import { nonceOf, provedJoin, readGoodbye, readGreeting, readJoinSuccess, writeJoin } from '../sfu/join.ts';
import { readTicket, type Side } from '../sfu/ticket.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import { findAttribute, type StunMessage } from '../stun/message.ts';
import type { Source, Transaction, Transactions } from '../stun/transactions.ts';
import { JOIN_PAUSES_MS, MAX_PROOFS } from './constants.ts';
import type { LegFrames } from './frames.ts';

/** Why a leg could not be had. */
export type LegFailure =
  /** The carrier did not answer. */
  | 'no-answer'
  /** It is full, or leaving. */
  | 'full'
  /** It does not take this ticket. */
  | 'refused';

export interface LegOptions {
  readonly through: Exclude<PathKind, 'direct'>;
  /** Where the carrier is, and what reaches it: the calls' own socket, or a WebSocket's. */
  readonly carrier: TransportAddress;
  readonly base: DatagramSocket;
  /** The base is a connection of this leg's own, on which the carrier may give its nonce unasked. */
  readonly isGreeted?: boolean;
  readonly ticket: Buffer;
  readonly side: Side;
  /** The secret of that side's key in the ticket. */
  readonly key: KeyObject;
  /** The channel on which we want to be sent to. */
  readonly channel: number;
  readonly random: Random;
  readonly transactions: Transactions;
  readonly frames: LegFrames;
  /** What the carrier forwards, unwrapped, as if it had come in on this leg from the carrier's address. */
  readonly onDatagram: (leg: DatagramSocket, datagram: Buffer, address: string, port: number) => void;
  readonly onState: (leg: Leg) => void;
}

export class Leg implements DatagramSocket {
  readonly through: Exclude<PathKind, 'direct'>;
  readonly carrier: TransportAddress;
  state: 'joining' | 'joined' | 'leaving' | 'failed' | 'closed' = 'joining';
  failure: LegFailure | undefined;
  readonly #options: LegOptions;
  readonly #bridgeId: Buffer;
  #transaction: Transaction | undefined;
  #nonce: Buffer | undefined;
  #proofs = 0;
  /** The channel on which the carrier wants to be sent to; 0 before it said one. */
  #carrierChannel = 0;

  constructor(options: LegOptions) {
    this.#options = options;
    this.through = options.through;
    this.carrier = options.carrier;
    const ticket = readTicket(options.ticket);
    this.#bridgeId = ticket?.bridgeId ?? Buffer.alloc(0);
  }

  /** Asks the carrier. Once. */
  join(): void {
    if (this.#bridgeId.length > 0) this.#ask();
    else this.#fail('refused');
  }

  /** What the leg runs over is gone, a WebSocket that closed: so is the leg. */
  baseGone(): void {
    this.#transaction?.stop();
    if (this.state === 'closed' || this.state === 'failed') return;
    this.failure ??= 'no-answer';
    this.#enter('failed');
  }

  get family(): AddressFamily {
    return this.#options.base.family;
  }

  get port(): number {
    return this.#options.base.port;
  }

  /** Where it leaves to is the carrier, whatever address is given. The per-packet path. */
  send(
    bytes: Buffer,
    offset: number,
    length: number,
    _port: number,
    _address: string,
    sent?: (error: Error | null) => void,
  ): void {
    const { base, carrier, frames } = this.#options;
    const frame = this.#carrierChannel === 0 ? undefined : frames.take();
    if (!frame) {
      sent?.(new Error('no leg'));
      return;
    }
    const total = frame.fill(this.#carrierChannel, bytes, offset, length, sent);
    base.send(frame.bytes, 0, total, carrier.port, carrier.address, frame.sent);
  }

  /** ChannelData on our channel. The per-packet path: the datagram inside is a view. */
  receiveFrame(datagram: Buffer, socket: DatagramSocket, address: string, port: number): void {
    const { base, carrier, onDatagram } = this.#options;
    if (port !== carrier.port || address !== carrier.address || socket !== base) return;
    if (this.#carrierChannel === 0) return;
    const length = ((datagram[2] ?? 0) << 8) | (datagram[3] ?? 0);
    if (length + CHANNEL_HEADER_BYTES > datagram.length) return;
    onDatagram(this, datagram.subarray(CHANNEL_HEADER_BYTES, CHANNEL_HEADER_BYTES + length), address, port);
  }

  /**
   * An indication of method JOIN. True when it was this leg's goodbye: the bridge's name shows that, and a carrier whose address has
   * changed says it from the new one.
   */
  receiveIndication(message: StunMessage, { socket }: Pick<Source, 'socket'>): boolean {
    if (socket === this.#options.base && this.#isGreeting(message)) return true;
    if (socket !== this.#options.base || !readGoodbye(message)?.equals(this.#bridgeId)) return false;
    if (this.state === 'joined') this.#enter('leaving');
    return true;
  }

  #isGreeting(message: StunMessage): boolean {
    const nonce =
      this.#options.isGreeted && this.state === 'joining' && !this.#nonce && readGreeting(message);
    if (!nonce) return false;
    this.#nonce = Buffer.from(nonce);
    this.#transaction?.stop();
    this.#ask();
    return true;
  }

  /** Our address may have changed: shows the carrier the new one. The leg stays in use meanwhile. */
  rejoin(): void {
    if (this.state !== 'joined' && this.state !== 'leaving') return;
    this.#transaction?.stop();
    this.#proofs = 0;
    this.#ask();
  }

  /** Gives the leg up; the carrier is told once, and forgets it by itself where that is lost. Twice is fine. */
  close(): void {
    if (this.state === 'closed') return;
    const wasJoined = this.state === 'joined' || this.state === 'leaving';
    this.#transaction?.stop();
    this.#enter('closed');
    if (wasJoined) this.#send(this.#request(true));
  }

  /** The same without a word: another leg of ours to the same bridge stands, and the carrier must not take this one's leave for its. */
  abandon(): void {
    this.#transaction?.stop();
    if (this.state !== 'closed') this.#enter('closed');
  }

  #ask(): void {
    const { random, transactions } = this.#options;
    const transactionId = random.bytes(TRANSACTION_ID_BYTES);
    const request = this.#request(false, transactionId);
    this.#transaction = transactions.start({
      transactionId,
      pausesMs: JOIN_PAUSES_MS,
      send: () => this.#send(request),
      onResponse: (response, _datagram, source) => this.#isCarrier(source) && this.#answered(response),
      onTimeout: () => this.#fail('no-answer'),
    });
  }

  #request(leaves: boolean, transactionId = this.#options.random.bytes(TRANSACTION_ID_BYTES)): Buffer {
    const { ticket, side, key, channel } = this.#options;
    const nonce = this.#nonce;
    const proof = nonce && provedJoin(this.#bridgeId, { side, nonce, channel, leaves }, key);
    return writeJoin(transactionId, { ticket, proof });
  }

  /** True: whatever it says ends this transaction. */
  #answered(response: StunMessage): true {
    const success = readJoinSuccess(response);
    if (success) {
      this.#carrierChannel = success.channel;
      if (this.state === 'joining') this.#enter('joined');
      return true;
    }
    const code = findAttribute(response, 'error-code')?.code;
    const nonce = nonceOf(response);
    const wantsProof = code === JOIN_ERRORS.proveAddress || code === JOIN_ERRORS.staleNonce;
    if (wantsProof && nonce && this.#proofs < MAX_PROOFS) {
      this.#proofs++;
      this.#nonce = Buffer.from(nonce);
      // The transaction that this answers must be over before the next one begins.
      queueMicrotask(() => {
        if (this.state !== 'closed' && this.state !== 'failed') this.#ask();
      });
      return true;
    }
    const isFull = code === JOIN_ERRORS.noCapacity || code === JOIN_ERRORS.quotaReached;
    this.#fail(isFull ? 'full' : 'refused');
    return true;
  }

  #fail(failure: LegFailure): void {
    // A leg that stood and does not answer a new JOIN is judged by what comes through it, not by that.
    if (this.state !== 'joining') return;
    this.failure = failure;
    this.#enter('failed');
  }

  #enter(state: Leg['state']): void {
    this.state = state;
    this.#options.onState(this);
  }

  #isCarrier({ socket, address, port }: Source): boolean {
    const { base, carrier } = this.#options;
    return port === carrier.port && address === carrier.address && socket === base;
  }

  #send(datagram: Buffer): void {
    const { base, carrier } = this.#options;
    base.send(datagram, 0, datagram.length, carrier.port, carrier.address);
  }
}
