/** A router that answers NAT-PMP and PCP on loopback, honestly unless a test has it do otherwise. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { ipToBytes } from '../../stun/ip.ts';

const NAT_PMP_MAP_ANSWER = 129;
const PCP_RESPONSE = 0x80;

export interface KeptMapping {
  readonly externalPort: number;
  readonly lifetimeS: number;
}

export class PortControlRouter {
  /** What it speaks. */
  speaks = { pcp: true, natPmp: true };
  /** Result codes of the answers to wishes; 0 is success. */
  result = 0;
  externalAddress = '198.51.100.7';
  lifetimeS = 1_200;
  /** Adds to the port that is asked for. */
  portOffset = 0;
  /** Seconds since it started. */
  epochS = 1_000;
  /** Every mapping it keeps, by internal port. */
  readonly mappings = new Map<number, KeptMapping>();
  /** Each wish for a mapping that came, also those to take one back (lifetime 0), and its protocol. */
  readonly wishes: {
    protocol: 'pcp' | 'nat-pmp';
    internalPort: number;
    wanted: number;
    lifetimeS: number;
  }[] = [];
  /** What is sent instead of an honest answer. */
  tamper: (answer: Buffer) => Buffer[] = (answer) => [answer];
  /** The socket that answers leave from, where it is not the one that was asked. */
  answersFrom: Socket | undefined;
  readonly #socket: Socket = createSocket('udp4');

  static async open(address = '127.0.0.1'): Promise<PortControlRouter> {
    const router = new PortControlRouter();
    router.#socket.bind(0, address);
    await once(router.#socket, 'listening');
    router.#socket.on('message', (request, from) => {
      const answer = router.#answer(request);
      if (!answer) return;
      const socket = router.answersFrom ?? router.#socket;
      for (const each of router.tamper(answer)) socket.send(each, from.port, from.address);
    });
    return router;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  #answer(request: Buffer): Buffer | undefined {
    if (request[0] === 2 && this.speaks.pcp) return this.#answerPcp(request);
    // RFC 6887 §9: what a router that knows NAT-PMP alone says to PCP.
    if (request[0] === 2) return this.speaks.natPmp ? Buffer.from([0, 128, 0, 1, 0, 0, 3, 232]) : undefined;
    return this.speaks.natPmp ? this.#answerNatPmp(request) : undefined;
  }

  #keep(protocol: 'pcp' | 'nat-pmp', internalPort: number, wanted: number, lifetimeS: number): KeptMapping {
    this.wishes.push({ protocol, internalPort, wanted, lifetimeS });
    const mapping = { externalPort: wanted + this.portOffset, lifetimeS: this.lifetimeS };
    if (lifetimeS === 0 || this.result !== 0) {
      this.mappings.delete(internalPort);
      return { externalPort: 0, lifetimeS: 0 };
    }
    this.mappings.set(internalPort, mapping);
    return mapping;
  }

  #answerPcp(request: Buffer): Buffer {
    const answer = Buffer.from(request);
    const isMap = request[1] === 1;
    answer[1] = PCP_RESPONSE | (request[1] ?? 0);
    answer.writeUInt32BE(this.epochS, 8);
    answer.fill(0, 12, 24);
    answer[2] = 0;
    answer[3] = isMap ? this.result : 0;
    if (!isMap) return answer;
    const kept = this.#keep(
      'pcp',
      request.readUInt16BE(40),
      request.readUInt16BE(42),
      request.readUInt32BE(4),
    );
    answer.writeUInt32BE(kept.lifetimeS, 4);
    answer.writeUInt16BE(kept.externalPort, 42);
    const address = ipToBytes(this.externalAddress) ?? Buffer.alloc(4);
    if (address.length === 16) address.copy(answer, 44);
    else Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), address]).copy(answer, 44);
    return answer;
  }

  #answerNatPmp(request: Buffer): Buffer | undefined {
    if (request[1] === 0) {
      const answer = Buffer.from([0, 128, 0, 0, 0, 0, 0, 0, ...(ipToBytes(this.externalAddress) ?? [])]);
      answer.writeUInt32BE(this.epochS, 4);
      return answer;
    }
    if (request[1] !== 1 || request.length !== 12) return undefined;
    const internalPort = request.readUInt16BE(4);
    const kept = this.#keep('nat-pmp', internalPort, request.readUInt16BE(6), request.readUInt32BE(8));
    const answer = Buffer.alloc(16);
    answer[1] = NAT_PMP_MAP_ANSWER;
    answer.writeUInt16BE(this.result, 2);
    answer.writeUInt32BE(this.epochS, 4);
    answer.writeUInt16BE(internalPort, 8);
    answer.writeUInt16BE(kept.externalPort, 10);
    answer.writeUInt32BE(kept.lifetimeS, 12);
    return answer;
  }
}
