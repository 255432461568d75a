/** A user without an engine: the test itself says, well sealed, what no honest engine would say, and in any order. */
import { randomBytes } from 'node:crypto';
import { identityFrom } from '../../src/main/engine/identity/identity.ts';
import { linkFor } from '../../src/main/engine/identity/index.ts';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { RendezvousClient, type Sent } from '../../src/main/engine/rendezvous/client.ts';
import { EnvelopeError, Envelopes } from '../../src/main/engine/rendezvous/envelopes.ts';
import type { ReceivedSignal, Signal, SignalType } from '../../src/shared/signal.ts';
import { sessionDescription } from './session-description.ts';
import { silentLogger, type TestUser, until } from './users.ts';

type Said<Type extends SignalType> = ReceivedSignal & { signal: Extract<Signal, { type: Type }> };

export class RawPeer {
  readonly id: string;
  readonly deviceId = randomBytes(12).toString('base64url');
  /** Everything that was said to this machine, oldest first. */
  readonly heard: ReceivedSignal[] = [];
  readonly #url: string;
  readonly #seed: Buffer;
  readonly #envelopes: Envelopes;
  readonly #client: RendezvousClient;

  constructor(url: string, seed: Buffer = randomBytes(32)) {
    this.#url = url;
    this.#seed = seed;
    const identity = identityFrom(seed, this.deviceId);
    const { clock, random } = realOutside;
    this.id = identity.userId;
    this.#envelopes = new Envelopes(identity, clock, random);
    this.#client = new RendezvousClient({ url, identity, clock, random, logger: silentLogger });
    this.#client.on('envelope', async (envelope) => {
      try {
        this.heard.push(await this.#envelopes.open(envelope));
      } catch (error) {
        if (!(error instanceof EnvelopeError)) throw error;
      }
    });
  }

  async open(): Promise<this> {
    this.#client.start();
    await until(() => this.#client.state.state === 'connected');
    return this;
  }

  /** Another machine of the same user. */
  secondMachine(): Promise<RawPeer> {
    return new RawPeer(this.#url, this.#seed).open();
  }

  link(): string {
    return linkFor(this.id);
  }

  async say(to: string, signal: Signal, options: { toDevice?: string; ttlMs?: number } = {}): Promise<Sent> {
    const envelope = await this.#envelopes.seal(to, options.toDevice, signal);
    return this.#client.send(envelope, options.ttlMs ?? 0);
  }

  /** Waits for a signal of this type. */
  async next<Type extends SignalType>(type: Type): Promise<Said<Type>> {
    const find = () => this.heard.find((one): one is Said<Type> => one.signal.type === type);
    await until(() => find() !== undefined);
    const found = find();
    if (!found) throw new Error(`no ${type}`);
    return found;
  }

  said(type: SignalType): number {
    return this.heard.filter(({ signal }) => signal.type === type).length;
  }

  close(): Promise<void> {
    return this.#client.stop();
  }
}

/** Makes the peer a contact of the user, as far as the user can see. */
export async function befriendRaw(user: TestUser, peer: RawPeer): Promise<void> {
  user.engine.people.add(peer.link(), 'Raw');
  await peer.say(user.id, { type: 'contact-accept', name: 'Raw' });
  await until(() => user.engine.people.contact(peer.id)?.state === 'mutual');
}

export function newCallId(): string {
  return randomBytes(16).toString('base64url');
}

/** Parameters of a path that leads nowhere. */
export function pathToNowhere(): Extract<Signal, { type: 'prepare' }>['path'] {
  return {
    ufrag: randomBytes(6).toString('base64').replace(/=/g, ''),
    pwd: randomBytes(18).toString('base64').replace(/=/g, ''),
    channels: { control: 0x4001, media: 0x4002 },
    candidates: [],
  };
}

export function inviteSignal(
  callId: string,
  changes: Partial<Extract<Signal, { type: 'invite' }>> = {},
): Extract<Signal, { type: 'invite' }> {
  return {
    type: 'invite',
    callId,
    media: 'audio',
    name: 'Raw',
    path: pathToNowhere(),
    description: { type: 'offer', sdp: sessionDescription('offer') },
    ...changes,
  };
}
