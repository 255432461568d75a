/**
 * What a client and the rendezvous server say to each other: JSON text frames over one WebSocket.
 *
 *   server                                   client
 *     challenge ─────────────────────────────▶
 *     ◀─────────────────────────── authenticate   signature over `authenticationText(...)`
 *     welcome ───────────────────────────────▶
 *     ◀──────────────────────── contacts, send, received
 *     presence, sent, refused, deliver ──────▶
 *
 * The server routes sealed envelopes and never reads one (docs/protocol.md).
 */
import { z } from 'zod';
import { NatBehaviour, NatDependence } from './network.ts';
import { TurnServer } from './turn-uri.ts';
import { Base64Url, DeviceId, IpAddress, Port, TransportAddress, UserId } from './words.ts';

export const PROTOCOL_VERSION = 1;

/** Largest frame either side accepts, in bytes. An invite with a full session description is about 9 KB. */
export const MAX_FRAME_BYTES = 65_536;
/** Largest sealed envelope, in base64url characters: 36 KiB of it, so that a frame always has room for its head. */
export const MAX_ENVELOPE_CHARS = 49_152;
/** Longest time the server keeps an envelope for someone who is away: seven days. */
export const MAX_ENVELOPE_TTL_MS = 7 * 24 * 3_600_000;
/** Most contacts a client may name for presence: 46 bytes each, so that all of them fit one frame. */
export const MAX_CONTACTS = 1_400;

/** One envelope's name, 128 random bits, chosen by the sender; sending it twice delivers it once. */
export const EnvelopeId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
export type EnvelopeId = z.infer<typeof EnvelopeId>;

/** A sealed envelope in transit: who, to whom, and bytes that only the receiver opens. */
export const SealedEnvelope = z.object({
  id: EnvelopeId,
  from: UserId,
  fromDevice: DeviceId,
  to: UserId,
  /** One machine of the receiver, or absent for all of them. */
  toDevice: DeviceId.optional(),
  /** Sender's clock in ms since 1970, corrected by the server's. Bound into the seal. */
  sentAt: z.number().int().nonnegative(),
  sealed: Base64Url.min(1).max(MAX_ENVELOPE_CHARS),
});
export type SealedEnvelope = z.infer<typeof SealedEnvelope>;

/** 32 bytes: a carrier's name of its own choice, or an Ed25519 public key. */
export const ThirtyTwoBytes = Base64Url.length(43);

/** A STUN server as `host:port`, and the relays of later rungs; the client configuration comes from the server. */
export const ClientConfiguration = z.object({
  /** Transport addresses of STUN servers; a host of "" means the host this server was reached at. */
  stunServers: z
    .array(z.object({ host: z.string().max(253), port: z.number().int().min(1).max(65535) }))
    .max(16),
  /** Public relays. Empty until a server offers them. */
  relays: z.array(z.object({ url: z.string().max(1024) })).max(16),
  /** The Ed25519 public key that tickets are signed with, new at each start of the server. Absent where it signs none. */
  ticketKey: ThirtyTwoBytes.optional(),
  /** The server has TURN servers to name (`find-turn`). */
  turn: z.literal(true).optional(),
  limits: z.object({
    envelopeBytes: z.number().int().positive(),
    envelopesPerMinute: z.number().int().positive(),
    contacts: z.number().int().positive(),
  }),
  /** How often the server pings, in ms; silence of twice this means the connection is dead. */
  heartbeatMs: z.number().int().min(1_000).max(120_000),
});
export type ClientConfiguration = z.infer<typeof ClientConfiguration>;

/** A signed ticket, 219 bytes (docs/protocol.md). */
export const TicketText = Base64Url.length(292);
/** Most carriers asked for, and named, at once. */
export const MAX_CARRIERS = 8;

/** Most carriers that a question leaves out: those that failed in a call, and those that are joined already. */
export const MAX_EXCLUDED_CARRIERS = 64;

/** How far a machine is from what everybody can measure: round trips to STUN servers, ms. */
export const Landmarks = z
  .array(z.object({ server: z.string().max(300), rttMs: z.number().min(0).max(60_000) }))
  .max(16);

/** What a choice of carriers needs to know of one end of a call. */
export const CarrierEnd = z.object({
  /** As STUN servers see the call's IPv4 socket; the port too, which a node behind a NAT opens its filter for. */
  address: IpAddress.optional(),
  port: Port.optional(),
  /** Whether UDP gets out there: without it no node is any use. */
  udp: z.enum(['unknown', 'works', 'blocked']).optional(),
  behaviour: NatBehaviour.optional(),
  landmarks: Landmarks,
});
export type CarrierEnd = z.infer<typeof CarrierEnd>;

/** Somebody who would forward a call, and the permission to ask. */
export const Carrier = z.object({
  kind: z.enum(['sfu', 'relay']),
  carrier: ThirtyTwoBytes,
  /** UDP. A host of "" means the host this server was reached at. */
  addresses: z
    .array(z.object({ host: z.string().max(253), port: z.number().int().min(1).max(65535) }))
    .max(4),
  /** WebSocket addresses, for networks without UDP; of `/path` alone, at this server. */
  urls: z.array(z.string().max(1024)).max(4),
  ticket: TicketText,
  /** The estimated round trip of the call through it, ms. */
  rttMs: z.number().optional(),
});
export type Carrier = z.infer<typeof Carrier>;

/** Most TURN servers that a server names. */
export const MAX_TURN_SERVERS = 8;

/** Most addresses that one node names: the mapping that STUN saw and the router's, in two families. */
export const MAX_NODE_ADDRESSES = 4;
/** Most addresses of guests that a node is told of at once. */
export const MAX_EXPECTED_GUESTS = 8;

/** What an app that volunteers as a node says of itself. What it claims of its reachability is probed. */
export const NodeOffer = z.object({
  /** Its name as a carrier: random, made at its start, kept while it volunteers. */
  carrier: ThirtyTwoBytes,
  /** Where guests reach it: public addresses of the socket that serves them. */
  addresses: z.array(TransportAddress).min(1).max(MAX_NODE_ADDRESSES),
  /** The NAT before its IPv4 socket. */
  behaviour: NatBehaviour,
  /** What it gives at most: bridges, and kbit/s of all of them together, each way. */
  capacity: z.object({
    bridges: z.number().int().min(0).max(4_096),
    kbitPerS: z.number().int().min(0).max(100_000_000),
  }),
  /** What of it is in use. */
  load: z.object({
    bridges: z.number().int().min(0).max(4_096),
    kbitPerS: z.number().int().min(0).max(100_000_000),
  }),
  /** The version of tickets that it reads (`TICKET_VERSION`). */
  version: z.number().int().min(1).max(65_535),
  landmarks: Landmarks,
});
export type NodeOffer = z.infer<typeof NodeOffer>;

/** What became of a node's offer. */
export const NodeStanding = z.enum([
  /** Its addresses are being probed. */
  'probing',
  /** Calls may be sent to it. */
  'offered',
  /** Nothing that was sent to its addresses was answered: nobody would reach it. */
  'unreachable',
  /** Its NAT gives every destination another port: guests, who begin, could not know which. */
  'port-varies',
  /** It reads other tickets than this server signs: one of the two is too old. */
  'other-version',
  /** This user offers as many nodes as one may. */
  'too-many',
  /** Another machine has this name: choose another one. */
  'name-taken',
]);
export type NodeStanding = z.infer<typeof NodeStanding>;

/** How a carrier did, as one side of a call saw it. */
export const CarrierOutcome = z.enum([
  /** It carried the call. */
  'worked',
  /** No leg could be had, or no check came through it. */
  'failed',
  /** It took much longer than promised, or lost much. */
  'slow',
  /** It carried, and went silent without a goodbye. */
  'dropped',
  /** What came through it was not what was sent. */
  'altered',
]);
export type CarrierOutcome = z.infer<typeof CarrierOutcome>;

/** Why the server would not take an envelope. */
export const RefusalReason = z.enum(['too-large', 'too-many', 'not-yours', 'mailbox-full']);
export type RefusalReason = z.infer<typeof RefusalReason>;

export const ServerFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('challenge'),
    version: z.number().int(),
    nonce: Base64Url.length(43),
    serverTimeMs: z.number(),
  }),
  z.object({
    type: z.literal('welcome'),
    /** The same text again after a resumed connection; another one means the server has forgotten us. */
    sessionId: Base64Url.length(22),
    resumed: z.boolean(),
    serverTimeMs: z.number(),
    configuration: ClientConfiguration,
  }),
  z.object({ type: z.literal('presence'), userId: UserId, online: z.boolean() }),
  /** The server took the envelope: to how many machines it went at once, and whether it is kept for later. */
  z.object({
    type: z.literal('sent'),
    id: EnvelopeId,
    devices: z.number().int().nonnegative(),
    kept: z.boolean(),
  }),
  z.object({ type: z.literal('refused'), id: EnvelopeId, reason: RefusalReason }),
  z.object({ type: z.literal('deliver'), envelope: SealedEnvelope }),
  /** The answer to `find-carriers`, best first. */
  z.object({
    type: z.literal('carriers'),
    requestId: Base64Url.length(16),
    carriers: z.array(Carrier).max(MAX_CARRIERS),
  }),
  /** The answer to `find-turn`, best first: credentials for this question alone, good for minutes. */
  z.object({
    type: z.literal('turn-servers'),
    requestId: Base64Url.length(16),
    servers: z.array(TurnServer).max(MAX_TURN_SERVERS),
  }),
  /** What became of the offer of this machine's node; again whenever it changes. */
  z.object({
    type: z.literal('node-standing'),
    carrier: ThirtyTwoBytes,
    standing: NodeStanding,
    /** What the probes showed of its filtering; present where it is `offered`. */
    filtering: NatDependence.optional(),
  }),
  /** To a node: guests with this ticket are about to come from these addresses. It opens its NAT's filter towards them. */
  z.object({
    type: z.literal('expect-guests'),
    carrier: ThirtyTwoBytes,
    ticket: TicketText,
    addresses: z.array(TransportAddress).max(MAX_EXPECTED_GUESTS),
  }),
  /** The last word before the server closes the connection. */
  z.object({
    type: z.literal('goodbye'),
    reason: z.enum([
      'bad-frame',
      'bad-signature',
      'bad-version',
      'replaced',
      'shutting-down',
      'too-many',
      'too-slow',
    ]),
  }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;

export const ClientFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('authenticate'),
    version: z.literal(PROTOCOL_VERSION),
    userId: UserId,
    deviceId: DeviceId,
    /** Ed25519 over `authenticationText(...)`, 64 bytes. */
    signature: Base64Url.length(86),
    /** The session to resume, from an earlier `welcome`. */
    resume: Base64Url.length(22).optional(),
  }),
  /** Whose presence we want. Shown only where both name each other. Replaces the list before it. */
  z.object({ type: z.literal('contacts'), userIds: z.array(UserId).max(MAX_CONTACTS) }),
  z.object({
    type: z.literal('send'),
    envelope: SealedEnvelope,
    /** How long to keep it for a receiver who is away, in ms; 0 delivers now or never. */
    ttlMs: z.number().int().min(0).max(MAX_ENVELOPE_TTL_MS),
  }),
  /** The client has an envelope safely; the server may forget it. */
  z.object({ type: z.literal('received'), id: EnvelopeId }),
  /** Who could forward a call between two ends. Each carrier gets a ticket for one of the key pairs, in their order. */
  z.object({
    type: z.literal('find-carriers'),
    requestId: Base64Url.length(16),
    keys: z
      .array(z.object({ A: ThirtyTwoBytes, B: ThirtyTwoBytes }))
      .min(1)
      .max(MAX_CARRIERS),
    ends: z.tuple([CarrierEnd, CarrierEnd]),
    /** Carriers that are not wanted now: they failed in this call, or are joined already. */
    exclude: z.array(ThirtyTwoBytes).max(MAX_EXCLUDED_CARRIERS),
    /** Whom the call is with. They may report of its carriers, too; where they name us as a contact, none of their nodes is chosen. */
    otherUser: UserId.optional(),
  }),
  /** Which TURN servers this machine may ask for an address. Each side of a call asks for itself. */
  z.object({ type: z.literal('find-turn'), requestId: Base64Url.length(16) }),
  /** This machine volunteers as a node, or something of its offer has changed. Answered by `node-standing`. */
  z.object({ type: z.literal('node-offer'), ...NodeOffer.shape }),
  /** It does not any more; guests that it has may stay. */
  z.object({ type: z.literal('node-withdraw'), carrier: ThirtyTwoBytes }),
  /** How a carrier did in a call of ours. Counts once a ticket. */
  z.object({
    type: z.literal('carrier-report'),
    carrier: ThirtyTwoBytes,
    outcome: CarrierOutcome,
    /** Round trip of our own leg, ms. */
    legMs: z.number().min(0).max(60_000).optional(),
  }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

/**
 * The text whose signature proves an identity to a server. It names the server's host, so that a hostile server
 * cannot pass another server's challenge on and log in there as us.
 */
export function authenticationText(host: string, nonce: string, userId: string, deviceId: string): string {
  return ['byway-authenticate-v1', host.toLowerCase(), nonce, userId, deviceId].join('\n');
}
