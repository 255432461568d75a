/**
 * An allocation at a TURN server (RFC 8656): an address there that forwards between this machine and one other, the other side's own
 * allocation. To the path session it is a socket like any other, and its channel (§12) costs four bytes a datagram.
 *
 *   allocating ──401, then success──▶ allocated ──bind(peer)──▶ bound
 *        └──────────── refused, or no answer, or lost later ──────────▶ failed
 */
import type { TransportAddress } from '../../../shared/words.ts';
import { LegFrames } from '../carrier/frames.ts';
import type { LegFailure } from '../carrier/leg.ts';
import type { AddressFamily, Clock, DatagramSocket, Random, Timer } from '../outside/index.ts';
import { CHANNEL_HEADER_BYTES } from '../sfu/constants.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import { decodeStun, findAttribute, type StunMessage, verifyIntegrity } from '../stun/message.ts';
import { Transactions } from '../stun/transactions.ts';
import {
  DATAGRAM_PAUSES_MS,
  FAREWELL_PAUSES_MS,
  LIFETIME_S,
  MAX_CHALLENGES,
  MIN_REFRESH_MS,
  PEER_CHANNEL,
  REBIND_MS,
  REFRESH_PART,
  STREAM_PAUSES_MS,
  TURN_ERRORS,
} from './constants.ts';
import type { TurnLink } from './link.ts';
import {
  answers,
  challengeOf,
  lifetimeOf,
  type Proof,
  proofOf,
  relayedAddressOf,
  type TurnWish,
  writeTurnRequest,
} from './messages.ts';

export interface AllocationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly username: string;
  readonly credential: string;
  /** What comes from the other side, unwrapped, as if it had come in on this socket from its relayed address. */
  readonly onDatagram: (socket: DatagramSocket, datagram: Buffer, address: string, port: number) => void;
  readonly onState: (allocation: Allocation) => void;
}

export class Allocation implements DatagramSocket {
  /** RFC 8656 §7.1: without a wish for another family a relayed address is IPv4. */
  readonly family: AddressFamily = 'IPv4';
  readonly through = 'relay';
  readonly isTurn = true;
  /** Not one of ours. */
  readonly port = 0;
  state: 'allocating' | 'allocated' | 'bound' | 'failed' | 'closed' = 'allocating';
  failure: LegFailure | undefined;
  /** Where the other side's allocation sends to; once `allocated`. */
  relayed: TransportAddress | undefined;
  readonly #options: AllocationOptions;
  readonly #transactions: Transactions;
  readonly #frames = new LegFrames();
  #link: TurnLink | undefined;
  #proof: Proof | undefined;
  #peer: TransportAddress | undefined;
  #refreshTimer: Timer;
  #bindTimer: Timer;

  constructor(options: AllocationOptions) {
    this.#options = options;
    this.#transactions = new Transactions(options.clock);
  }

  /** The way to the server stands: asks for an address. Once. */
  start(link: TurnLink): void {
    if (this.#isOver) {
      link.closeSoon();
      return;
    }
    this.#link = link;
    this.#ask({ name: 'allocate', lifetimeS: LIFETIME_S });
  }

  /** The way to the server that is being opened: closed with the allocation. */
  hold(link: TurnLink): void {
    if (this.#isOver) link.closeSoon();
    else this.#link = link;
  }

  /** There is no way to the server, or none any more. */
  linkGone(failure: LegFailure): void {
    this.#fail(failure);
  }

  /** From now on what is sent goes to the other side's relayed address, and what comes from there comes in. Once `allocated`. */
  bind(peer: TransportAddress): void {
    if (this.state !== 'allocated' || this.#peer) return;
    this.#peer = peer;
    this.#ask({ name: 'bind', peer });
  }

  /** Our address may have changed: a server that sees another one knows no allocation of it, and says so. */
  rejoin(): void {
    if (this.state === 'allocated' || this.state === 'bound') this.#refresh();
  }

  /** Where it leaves to is the peer, whatever address is given. The per-packet path. */
  send(
    bytes: Buffer,
    offset: number,
    length: number,
    _port: number,
    _address: string,
    sent?: (error: Error | null) => void,
  ): void {
    const link = this.#link;
    const frame = link && this.state === 'bound' ? this.#frames.take() : undefined;
    if (!link || !frame) {
      sent?.(new Error('no allocation'));
      return;
    }
    let total = frame.fill(PEER_CHANNEL, bytes, offset, length, sent);
    // RFC 8656 §12.5: in a stream the next unit begins at a multiple of four.
    while (link.isStream && total % 4 !== 0) frame.bytes[total++] = 0;
    link.send(frame.bytes, total, frame.sent);
  }

  /** Something whole from the server. The first byte decides (RFC 7983); the datagram inside ChannelData is a view. */
  receive(unit: Buffer): void {
    const first = unit[0] ?? 0xff;
    if (first >= 64 && first <= 79) {
      this.#receiveFrame(unit);
    } else if (first <= 3) {
      const message = decodeStun(unit);
      if (message?.class === 'success' || message?.class === 'error') {
        this.#transactions.receive(message, unit, { socket: this, address: '', port: 0 });
      }
    }
  }

  /** Gives the address back. Twice is fine. */
  close(): void {
    if (this.#isOver) return;
    this.#stopTimers();
    this.#enter('closed');
    if (this.#link && this.#proof) this.#takeLeave();
    else this.#dropLink();
  }

  get #isOver(): boolean {
    return this.state === 'closed' || this.state === 'failed';
  }

  #receiveFrame(unit: Buffer): void {
    const peer = this.#peer;
    if (!peer || this.state !== 'bound' || unit.length < CHANNEL_HEADER_BYTES) return;
    const channel = ((unit[0] ?? 0) << 8) | (unit[1] ?? 0);
    const end = CHANNEL_HEADER_BYTES + (((unit[2] ?? 0) << 8) | (unit[3] ?? 0));
    if (channel !== PEER_CHANNEL || end > unit.length) return;
    this.#options.onDatagram(this, unit.subarray(CHANNEL_HEADER_BYTES, end), peer.address, peer.port);
  }

  #ask(wish: TurnWish, challenges = 0): void {
    const link = this.#link;
    if (!link) return;
    const proof = this.#proof;
    const transactionId = this.#options.random.bytes(TRANSACTION_ID_BYTES);
    const request = writeTurnRequest(wish, transactionId, proof);
    const isFarewell = this.state === 'closed';
    const pausesMs = link.isStream ? STREAM_PAUSES_MS : DATAGRAM_PAUSES_MS;
    this.#transactions.start({
      transactionId,
      pausesMs: isFarewell ? FAREWELL_PAUSES_MS : pausesMs,
      send: () => link.send(request, request.length),
      onResponse: (response, unit) => {
        if (!isBelievable(response, unit, wish, proof)) return false;
        // The transaction that this answers must be over before another one begins.
        queueMicrotask(() => this.#answered(wish, response, proof, challenges));
        return true;
      },
      onTimeout: () => this.#unanswered(wish),
    });
  }

  #answered(wish: TurnWish, response: StunMessage, proof: Proof | undefined, challenges: number): void {
    if (this.state === 'failed') return;
    if (response.class === 'success') {
      this.#succeeded(wish, response);
      return;
    }
    const code = findAttribute(response, 'error-code')?.code;
    const challenge = challengeOf(response);
    const asksForProof = code === TURN_ERRORS.staleNonce || (code === TURN_ERRORS.unauthenticated && !proof);
    if (asksForProof && challenge && challenges < MAX_CHALLENGES) {
      const { username, credential } = this.#options;
      this.#proof = proofOf(challenge, username, credential);
      this.#ask(wish, challenges + 1);
      return;
    }
    if (this.state === 'closed') {
      this.#dropLink();
      return;
    }
    const isFull = code === TURN_ERRORS.quotaReached || code === TURN_ERRORS.noCapacity;
    // Where it stood before, it is lost: the server was started anew, or sees another address of ours.
    const isLost = code === TURN_ERRORS.mismatch && wish.name !== 'allocate';
    this.#fail(isFull ? 'full' : isLost ? 'no-answer' : 'refused');
  }

  #succeeded(wish: TurnWish, response: StunMessage): void {
    if (this.state === 'closed') {
      this.#dropLink();
      return;
    }
    if (wish.name === 'bind') {
      this.#bindAgainLater(wish);
      if (this.state === 'allocated') this.#enter('bound');
      return;
    }
    this.#refreshLater((lifetimeOf(response) ?? LIFETIME_S) * 1_000 * REFRESH_PART);
    if (this.state !== 'allocating') return;
    const relayed = relayedAddressOf(response);
    if (relayed) {
      this.relayed = relayed;
      this.#enter('allocated');
    } else {
      this.#fail('refused');
    }
  }

  #unanswered(wish: TurnWish): void {
    if (this.state === 'closed') {
      this.#dropLink();
      return;
    }
    const stood = this.state === 'bound';
    // What stood is judged by what comes through it; the server may answer the next one.
    if (!stood) this.#fail('no-answer');
    else if (wish.name === 'refresh') this.#refreshLater(MIN_REFRESH_MS);
    else this.#bindAgainLater(wish, MIN_REFRESH_MS);
  }

  #refresh(): void {
    this.#options.clock.clearTimer(this.#refreshTimer);
    this.#ask({ name: 'refresh', lifetimeS: LIFETIME_S });
  }

  #refreshLater(delayMs: number): void {
    const { clock } = this.#options;
    clock.clearTimer(this.#refreshTimer);
    // A lifetime that nobody can wait for, days and more, is refreshed as our own.
    const boundedMs = Math.min(Math.max(delayMs, MIN_REFRESH_MS), LIFETIME_S * 1_000);
    this.#refreshTimer = clock.setTimer(() => this.#refresh(), boundedMs);
  }

  #bindAgainLater(wish: TurnWish, delayMs = REBIND_MS): void {
    const { clock } = this.#options;
    clock.clearTimer(this.#bindTimer);
    this.#bindTimer = clock.setTimer(() => this.#ask(wish), delayMs);
  }

  #takeLeave(): void {
    this.#transactions.stopAll();
    this.#ask({ name: 'refresh', lifetimeS: 0 });
  }

  #fail(failure: LegFailure): void {
    if (this.state === 'closed') this.#dropLink();
    if (this.#isOver) return;
    this.#stopTimers();
    this.#dropLink();
    this.failure = failure;
    this.#enter('failed');
  }

  #stopTimers(): void {
    this.#options.clock.clearTimer(this.#refreshTimer);
    this.#options.clock.clearTimer(this.#bindTimer);
  }

  #dropLink(): void {
    this.#transactions.stopAll();
    this.#link?.closeSoon();
    this.#link = undefined;
  }

  #enter(state: Allocation['state']): void {
    this.state = state;
    this.#options.onState(this);
  }
}

/**
 * Whether a response is taken for the server's. It proves itself with our password's key; who asks for a proof cannot yet (RFC 8489
 * §9.2.5), and neither can who answers what carried none.
 */
function isBelievable(
  response: StunMessage,
  unit: Buffer,
  wish: TurnWish,
  proof: Proof | undefined,
): boolean {
  if (!answers(response, wish)) return false;
  const code = findAttribute(response, 'error-code')?.code;
  if (response.class === 'error' && (code === TURN_ERRORS.unauthenticated || code === TURN_ERRORS.staleNonce))
    return true;
  return proof ? verifyIntegrity(unit, proof.key) : response.class === 'error';
}
