/** A server's ticket key, a carrier and two callers, for tests: real keys and real bytes, sockets in memory. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { DatagramSocket } from '../../outside/index.ts';
import { SeededRandom } from '../../outside/testing/seeded-random.ts';
import { SimulatedClock } from '../../outside/testing/simulated-clock.ts';
import { decodeStun, type StunMessage } from '../../stun/message.ts';
import type { Guest, Leg } from '../bridge.ts';
import { type BridgeLimits, Bridges } from '../bridges.ts';
import { FIRST_CHANNEL } from '../constants.ts';
import { nonceOf, provedJoin, readJoinSuccess, writeJoin } from '../join.ts';
import { placeDigest, type Side, type Ticket, writeTicket } from '../ticket.ts';

export interface KeyPair {
  readonly secret: KeyObject;
  /** 32 bytes. */
  readonly raw: Buffer;
  readonly public: KeyObject;
}

export function keyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    secret: privateKey,
    public: publicKey,
    raw: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
  };
}

/** A socket that keeps what it is given. */
export class KeptSocket implements DatagramSocket {
  readonly family = 'IPv4';
  readonly port = 4_000;
  readonly sent: { bytes: Buffer; address: string; port: number }[] = [];

  send(bytes: Buffer, offset: number, length: number, port: number, address: string): void {
    this.sent.push({ bytes: Buffer.from(bytes.subarray(offset, offset + length)), address, port });
  }

  close(): void {}

  /** What was sent to an address, oldest first. */
  to({ address, port }: { address: string; port: number }): Buffer[] {
    return this.sent.filter((one) => one.address === address && one.port === port).map(({ bytes }) => bytes);
  }
}

/** One carrier with its bridges, and tickets for it. */
export class CarrierParty {
  readonly clock = new SimulatedClock();
  readonly random = new SeededRandom('carrier');
  readonly server = keyPair();
  readonly carrier = this.random.bytes(32);
  readonly sides: Record<Side, KeyPair> = { A: keyPair(), B: keyPair() };
  readonly socket = new KeptSocket();
  readonly channels = new Map<number, Leg>();
  limits: BridgeLimits = { bridges: 10, bridgesPerAddress: 10 };
  totalKbitPerS = 1_000_000;
  verified = 0;
  readonly bridges = new Bridges({
    clock: this.clock,
    random: this.random,
    ticketKey: () => this.server.public,
    carrier: this.carrier,
    limits: () => this.limits,
    totalKbitPerS: () => this.totalKbitPerS,
    mayVerify: () => {
      this.verified++;
      return true;
    },
    takeChannel: (make) => {
      const channel = FIRST_CHANNEL + this.#channelsTaken++;
      this.channels.set(channel, make(channel));
      return channel;
    },
    releaseChannel: (channel) => this.channels.delete(channel),
  });
  #channelsTaken = 0;

  ticket(changes: Partial<Ticket> = {}): Ticket {
    return {
      bridgeId: this.random.bytes(16),
      carrier: this.carrier,
      place: placeDigest({ kind: 'relay', addresses: [], urls: [] }),
      keys: { A: this.sides.A.raw, B: this.sides.B.raw },
      notAfter: this.clock.wallNow() + 60_000,
      kbitPerS: 4_000,
      ...changes,
    };
  }

  signed(ticket: Ticket = this.ticket(), key: KeyPair = this.server): Buffer {
    return writeTicket(ticket, key.secret);
  }

  guest(address: string, port = 5_000): Guest {
    return { socket: this.socket, address, port };
  }

  /** One request, and what came back for it. */
  ask(datagram: Buffer, guest: Guest): StunMessage | undefined {
    const before = this.socket.to(guest).length;
    const message = decodeStun(datagram);
    if (!message) throw new Error('the request is no STUN');
    this.bridges.receive(message, guest);
    const answer = this.socket.to(guest)[before];
    return answer && (decodeStun(answer) ?? undefined);
  }

  /** The whole exchange of a caller. Undefined where it was refused. */
  join(
    ticket: Buffer,
    side: Side,
    guest: Guest,
    { key = this.sides[side], channel = 0x4abc, leaves = false } = {},
  ) {
    const first = this.ask(writeJoin(this.random.bytes(12), { ticket }), guest);
    const nonce = first && nonceOf(first);
    if (!nonce) return undefined;
    const proof = provedJoin(ticket.subarray(1, 17), { side, nonce, channel, leaves }, key.secret);
    const second = this.ask(writeJoin(this.random.bytes(12), { ticket, proof }), guest);
    return second && (readJoinSuccess(second) ?? undefined);
  }

  /** A frame from a guest arrives. */
  frame(channel: number, payload: Buffer, { address, port }: Guest): void {
    const datagram = Buffer.alloc(4 + payload.length);
    datagram.writeUInt16BE(channel, 0);
    datagram.writeUInt16BE(payload.length, 2);
    payload.copy(datagram, 4);
    const leg = this.channels.get(channel);
    if (leg) this.bridges.forward(leg, datagram, this.socket, address, port);
  }
}
