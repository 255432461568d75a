/** A carrier in a simulated world: the real bridges, and legs of the real kind to them. */
import type { Leg as CallersLeg } from '../../carrier/leg.ts';
import type { DatagramSocket } from '../../outside/index.ts';
import type { Leg } from '../../sfu/bridge.ts';
import { Bridges } from '../../sfu/bridges.ts';
import { FIRST_CHANNEL } from '../../sfu/constants.ts';
import { type KeyPair, keyPair } from '../../sfu/testing/party.ts';
import { type Side as End, placeDigest, writeTicket } from '../../sfu/ticket.ts';
import { decodeStun } from '../../stun/message.ts';
import type { Side } from './sides.ts';
import type { SimulatedHost, SimulatedWorld } from './world.ts';

const CARRIER_PORT = 7_000;
/** What a bridge may carry in tests, kbit/s. */
const RATE = 4_000;

export class SimulatedCarrier {
  readonly kind: 'sfu' | 'relay';
  readonly bridges: Bridges;
  readonly #world: SimulatedWorld;
  readonly #host: SimulatedHost;
  readonly #server = keyPair();
  readonly #carrier: Buffer;
  readonly #channels = new Map<number, Leg>();
  #socket: DatagramSocket | undefined;

  constructor(world: SimulatedWorld, address: string, kind: 'sfu' | 'relay' = 'relay') {
    this.kind = kind;
    this.#world = world;
    this.#host = world.host([address]);
    const { random, clock } = this.#host.outside;
    this.#carrier = random.bytes(32);
    this.bridges = new Bridges({
      clock,
      random,
      ticketKey: () => this.#server.public,
      carrier: this.#carrier,
      limits: () => ({ bridges: 10, bridgesPerAddress: 10 }),
      mayVerify: () => true,
      takeChannel: (make) => {
        const channel = FIRST_CHANNEL + this.#channels.size;
        this.#channels.set(channel, make(channel));
        return channel;
      },
      releaseChannel: (channel) => this.#channels.delete(channel),
    });
  }

  get address(): { address: string; port: number } {
    return { address: this.#host.addresses[0] ?? '', port: CARRIER_PORT };
  }

  /** Both sides join a bridge of it; ends when both legs stand. */
  async join(a: Side, b: Side): Promise<readonly [CallersLeg, CallersLeg]> {
    const { random, clock } = this.#host.outside;
    this.#socket ??= await this.#host.outside.network.bind(
      'IPv4',
      CARRIER_PORT,
      (datagram, address, port) => this.#receive(datagram, address, port),
      (error) => {
        throw error;
      },
    );
    const keys: Record<End, KeyPair> = { A: keyPair(), B: keyPair() };
    const ticket = writeTicket(
      {
        bridgeId: random.bytes(16),
        carrier: this.#carrier,
        place: placeDigest({ kind: this.kind, addresses: [], urls: [] }),
        keys: { A: keys.A.raw, B: keys.B.raw },
        notAfter: clock.wallNow() + 60_000,
        kbitPerS: RATE,
      },
      this.#server.secret,
    );
    const legOf = ({ service, session }: Side, side: End): CallersLeg => {
      const leg = service.openLeg({
        through: this.kind,
        ticket,
        side,
        key: keys[side].secret,
        address: this.address,
        onState: (changed) => {
          if (changed.state === 'joined') session.legs.add(changed, changed.carrier);
        },
      });
      if (!leg) throw new Error('no leg could be opened');
      return leg;
    };
    const legs = [legOf(a, 'A'), legOf(b, 'B')] as const;
    await this.#world.clock.until(() => legs.every(({ state }) => state === 'joined'));
    return legs;
  }

  /** What happens to a datagram before it is forwarded; 0 copies of it, or several, each after so many ms. */
  meddle: (datagram: Buffer) => readonly { datagram: Buffer; afterMs: number }[] = (datagram) => [
    { datagram, afterMs: 0 },
  ];

  #receive(datagram: Buffer, address: string, port: number): void {
    if ((datagram[0] ?? 0) < 64) {
      this.#handle(datagram, address, port);
      return;
    }
    for (const { datagram: meddled, afterMs } of this.meddle(datagram)) {
      if (afterMs === 0) this.#handle(meddled, address, port);
      else this.#world.clock.setTimer(() => this.#handle(meddled, address, port), afterMs);
    }
  }

  #handle(datagram: Buffer, address: string, port: number): void {
    const socket = this.#socket;
    if (!socket) return;
    if ((datagram[0] ?? 0) >= 64) {
      const leg = this.#channels.get(datagram.readUInt16BE(0));
      if (leg) this.bridges.forward(leg, datagram, socket, address, port);
      return;
    }
    const message = decodeStun(datagram);
    if (message) this.bridges.receive(message, { socket, address, port });
  }
}
