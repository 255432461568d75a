/** Numbers of the rendezvous server: unit, and why this much. Times are ms, sizes bytes. */
import { MAX_ENVELOPE_CHARS, MAX_FRAME_BYTES } from '../shared/rendezvous.ts';

/** Where `npm run server` listens: WebSocket and HTTP over TCP, STUN over UDP. */
export const DEFAULT_PORT = 47_800;

/**
 * Everything the server bounds. Each is per server instance, so that tests can make one small and an operator can
 * trade memory for users.
 */
export interface ServerLimits {
  /** Largest WebSocket message taken, bytes. */
  readonly frameBytes: number;
  /** Largest sealed content of an envelope, bytes before base64url. */
  readonly envelopeBytes: number;
  /** Contacts a client may name for presence. */
  readonly contacts: number;
  /** Machines of one user that are connected or may resume. */
  readonly devicesPerUser: number;
  /** WebSocket connections altogether, legs of the relay among them. */
  readonly connections: number;
  /** Connections of one source address that have not authenticated yet; as many legs of the relay besides. */
  readonly unauthenticatedPerAddress: number;

  /** How fast one source address may open connections: tokens a second, and the most saved up. */
  readonly connectionsPerSecond: number;
  readonly connectionBurst: number;
  /** How fast one user may authenticate, over all addresses. */
  readonly authenticationsPerSecond: number;
  readonly authenticationBurst: number;
  /** How fast one connection may send frames of any type. */
  readonly framesPerSecond: number;
  readonly frameBurst: number;
  /** How fast one user may send envelopes, over all machines. */
  readonly envelopesPerMinute: number;
  readonly envelopeBurst: number;

  /** From the challenge to a valid `authenticate`, ms. */
  readonly authenticationMs: number;
  /** Between two pings, ms; silence of twice this ends a connection. */
  readonly heartbeatMs: number;
  /** How long a dropped machine is still shown online, ms. */
  readonly presenceGraceMs: number;
  /** How long a dropped machine may resume, and what is sent to it meanwhile waits, ms. */
  readonly resumableMs: number;

  /** Bytes waiting in one connection's send buffer before it counts as too slow. At least `queuedBytes` and `mailboxBytes`. */
  readonly bufferedBytes: number;
  /** Envelopes delivered to one machine, or waiting for its return, that it has not acknowledged. */
  readonly queuedEnvelopes: number;
  readonly queuedBytes: number;
  /** Envelopes kept for one user. */
  readonly mailboxEnvelopes: number;
  readonly mailboxBytes: number;
  /** Bytes kept for all users together. */
  readonly mailboxTotalBytes: number;

  /** How fast one source address may ask STUN: requests a second, and the most saved up. */
  readonly stunRequestsPerSecond: number;
  readonly stunBurst: number;

  /** Calls that the public relay carries at once. */
  readonly relayBridges: number;
  /** Of those, the ones in which one source address has a part. */
  readonly relayBridgesPerAddress: number;
  /** The most a relayed call may send each way, kbit/s. */
  readonly relayKbitPerS: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  frameBytes: MAX_FRAME_BYTES,
  envelopeBytes: (MAX_ENVELOPE_CHARS * 3) / 4,
  // What fits in one frame of 64 KiB: each costs 46 bytes there.
  contacts: 1_400,
  devicesPerUser: 8,
  connections: 10_000,
  // An office behind one address whose server has just restarted.
  unauthenticatedPerAddress: 64,

  connectionsPerSecond: 5,
  connectionBurst: 200,
  // Eight machines on a network that comes and goes.
  authenticationsPerSecond: 1,
  authenticationBurst: 40,
  // A full mailbox is acknowledged in one burst.
  framesPerSecond: 50,
  frameBurst: 800,
  // A call costs about 10 envelopes, trickled candidates included, and up to 10 of its handshake at either side.
  envelopesPerMinute: 600,
  envelopeBurst: 120,

  authenticationMs: 10_000,
  // Below the shortest idle limits that home routers put on TCP, and two of them are half of `resumableMs`.
  heartbeatMs: 15_000,
  // A change of network with a new connection takes 1 to 5 s.
  presenceGraceMs: 8_000,
  resumableMs: 60_000,

  // Everything that can be delivered at once after a reconnect (mailbox and queue) fits four times over.
  bufferedBytes: 8 << 20,
  queuedEnvelopes: 256,
  queuedBytes: 1 << 20,
  mailboxEnvelopes: 256,
  mailboxBytes: 1 << 20,
  mailboxTotalBytes: 256 << 20,

  // A thousand callers behind one carrier's address that keep their mappings alive every 25 s.
  stunRequestsPerSecond: 40,
  stunBurst: 200,

  // Two channels a bridge, of 4,096.
  relayBridges: 1_000,
  // An office behind one address.
  relayBridgesPerAddress: 40,
  // The ceiling of a video call (2.5 Mbit/s and its voice), and room for a key frame.
  relayKbitPerS: 4_000,
};

/** The part of one user's mailbox or one machine's queue that a single sender may fill: others must still get through. */
export const SENDER_SHARE = 1 / 4;
/** The part of the whole mailbox memory that a single sender may fill, over all receivers. */
export const SENDER_TOTAL_SHARE = 1 / 64;

/** Envelopes of one user whose fate is remembered, so that one sent twice is delivered once. */
export const SENT_MEMORY = 512;
/** Machines remembered per kept envelope as having it; the one forgotten gets it again, which its replay check drops. */
export const RECEIVED_BY_MEMORY = 32;
/** How often kept envelopes that have run out are cleared away, ms. */
export const MAILBOX_SWEEP_MS = 60_000;
/** Addresses or users whose token buckets are remembered, each about 200 bytes; the one unused longest is forgotten. */
export const RATE_MEMORY = 65_536;

/** How long a peer may take to finish the closing handshake before the TCP connection is cut, ms. */
export const CLOSING_MS = 2_000;
/** How long an HTTP client may take for its request head, ms. */
export const HTTP_HEAD_MS = 10_000;

/** Random bytes of a challenge and of a session ID. */
export const NONCE_BYTES = 32;
export const SESSION_ID_BYTES = 16;

/** RFC 6455 §7.4.1: a close with this code is a client saying that it leaves, not a dropped connection. */
export const CLOSE_LEAVING = 1000;
