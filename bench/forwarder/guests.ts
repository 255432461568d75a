/** Guests get their way through a forwarder by its own rules; then the load takes their ports over and sends. */
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { nonceOf, provedJoin, readJoinSuccess, writeJoin } from '../../src/main/engine/sfu/join.ts';
import { placeDigest, type Side, writeTicket } from '../../src/main/engine/sfu/ticket.ts';
import { decodeStun, type StunMessage } from '../../src/main/engine/stun/message.ts';
import { Allocation } from '../../src/main/engine/turn/index.ts';

/** One line of the load's input. */
export interface LoadGuest {
  readonly address: string;
  readonly port: number;
  readonly to: { readonly address: string; readonly port: number };
  readonly channel: number;
  /** How much it sends, beside the others; 0 to receive alone. */
  readonly weight: number;
}

export interface Place {
  readonly address: string;
  readonly port: number;
}

export interface Keys {
  readonly secret: KeyObject;
  readonly raw: Buffer;
}

/** The channel on which a guest of ours is sent to. */
export const GUEST_CHANNEL = 0x4abc;
const ANSWER_LIMIT_MS = 5_000;
/** So many guests share an address, as homes behind a carrier's NAT do. */
const GUESTS_PER_ADDRESS = 32;
const FIRST_PORT = 20_000;

export function newKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { secret: privateKey, raw: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32) };
}

/** Where guest number so-and-so lives: 127.0.0.0/8 is all ours. */
export function homeOf(number: number): Place {
  const house = Math.floor(number / GUESTS_PER_ADDRESS);
  return {
    address: `127.1.${house >> 8}.${(house & 0xff) + 1}`,
    port: FIRST_PORT + (number % GUESTS_PER_ADDRESS),
  };
}

/** Bridges of ours, each with two guests that send to each other. @param kbitPerS of each ticket */
export async function joinOurs(
  node: Place,
  {
    carrier,
    server,
    bridges,
    kbitPerS,
  }: { carrier: Buffer; server: Keys; bridges: number; kbitPerS: number },
): Promise<LoadGuest[]> {
  const guests: LoadGuest[] = [];
  for (let bridge = 0; bridge < bridges; bridge++) {
    const sides: Record<Side, Keys> = { A: newKeys(), B: newKeys() };
    const ticket = writeTicket(
      {
        bridgeId: randomBytes(16),
        carrier,
        place: placeDigest({ kind: 'sfu', addresses: [], urls: [] }),
        keys: { A: sides.A.raw, B: sides.B.raw },
        notAfter: Date.now() + 60_000,
        kbitPerS,
      },
      server.secret,
    );
    for (const side of ['A', 'B'] as const) {
      const home = homeOf(guests.length);
      const channel = await joinOne(node, home, ticket, side, sides[side].secret);
      guests.push({ ...home, to: node, channel, weight: 1 });
    }
  }
  return guests;
}

async function joinOne(
  node: Place,
  home: Place,
  ticket: Buffer,
  side: Side,
  key: KeyObject,
): Promise<number> {
  const socket = await bound(home);
  try {
    return await join(socket, node, { ticket, side, key });
  } finally {
    socket.close();
  }
}

/** Gets a leg at a node by JOIN, or gives it up. @returns the channel on which the node wants to be sent to */
export async function join(
  socket: Socket,
  node: Place,
  { ticket, side, key, leaves = false }: { ticket: Buffer; side: Side; key: KeyObject; leaves?: boolean },
): Promise<number> {
  const first = await ask(socket, node, writeJoin(randomBytes(12), { ticket }));
  const nonce = nonceOf(first);
  if (!nonce) throw new Error('the node gave no cookie');
  const proof = provedJoin(ticket.subarray(1, 17), { side, nonce, channel: GUEST_CHANNEL, leaves }, key);
  const success = readJoinSuccess(await ask(socket, node, writeJoin(randomBytes(12), { ticket, proof })));
  if (!success) throw new Error('the node gave no leg');
  return success.channel;
}

async function ask(socket: Socket, { address, port }: Place, datagram: Buffer): Promise<StunMessage> {
  const wanted = datagram.subarray(8, 20);
  const answered = new Promise<StunMessage>((resolve, reject) => {
    const timer = setTimeout(() => end(new Error('the node did not answer')), ANSWER_LIMIT_MS);
    const onMessage = (answer: Buffer) => {
      const message = decodeStun(answer);
      if (message?.transactionId.equals(wanted)) end(message);
    };
    const end = (outcome: StunMessage | Error) => {
      clearTimeout(timer);
      socket.off('message', onMessage);
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    };
    socket.on('message', onMessage);
  });
  socket.send(datagram, port, address);
  return answered;
}

export async function bound({ address, port }: Place): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, address);
  await once(socket, 'listening');
  return socket;
}

interface Allocated {
  readonly home: Place;
  readonly relayed: Place;
  readonly bind: (peer: Place) => Promise<void>;
  readonly handOver: () => void;
}

/** Pairs over a TURN server: both with an allocation there, or one with the other as a plain peer. */
export async function joinTurn(
  server: Place,
  {
    username,
    credential,
    pairs,
    allocations,
  }: { username: string; credential: string; pairs: number; allocations: 1 | 2 },
): Promise<LoadGuest[]> {
  const guests: LoadGuest[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const [here, there] = [homeOf(guests.length), homeOf(guests.length + 1)];
    const a = await allocate(server, here, username, credential);
    if (allocations === 2) {
      const b = await allocate(server, there, username, credential);
      await a.bind(b.relayed);
      await b.bind(a.relayed);
      b.handOver();
      guests.push({ ...there, to: server, channel: PEER_CHANNEL, weight: 1 });
    } else {
      await a.bind(there);
      // A plain peer answers in plain datagrams; the load's header is nothing to it.
      guests.push({ ...there, to: a.relayed, channel: PEER_CHANNEL, weight: 1 });
    }
    a.handOver();
    guests.push({ ...here, to: server, channel: PEER_CHANNEL, weight: 1 });
  }
  return guests;
}

/** The channel that our TURN client binds its one peer to. */
const PEER_CHANNEL = 0x4000;

async function allocate(
  server: Place,
  home: Place,
  username: string,
  credential: string,
): Promise<Allocated> {
  const socket = await bound(home);
  const states = new Map<string, () => void>();
  const reached = (state: string) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`coturn: not ${state}`)), ANSWER_LIMIT_MS);
      states.set(state, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  const allocated = reached('allocated');
  let isOver = false;
  const allocation = new Allocation({
    clock: realOutside.clock,
    random: realOutside.random,
    username,
    credential,
    onDatagram: () => undefined,
    onState: ({ state }) => states.get(state)?.(),
  });
  socket.on('message', (datagram) => allocation.receive(datagram));
  allocation.start({
    isStream: false,
    send: (bytes, length, sent) => {
      if (!isOver) socket.send(bytes, 0, length, server.port, server.address, sent);
    },
    closeSoon: () => undefined,
  });
  await allocated;
  const { relayed } = allocation;
  if (!relayed) throw new Error('coturn gave no address');
  return {
    home,
    relayed,
    bind: async (peer) => {
      const isBound = reached('bound');
      allocation.bind(peer);
      await isBound;
    },
    // The server knows the allocation by our address alone: it goes on for who has that next.
    handOver: () => {
      isOver = true;
      socket.close();
    },
  };
}
