/**
 * Words that cross a process or the wire and mean the same everywhere: identifiers, addresses, candidates, limits.
 * Everything here is a schema first and a type second, because everything here arrives from somebody else.
 */
import { z } from 'zod';

/** Unpadded base64url text. */
export const Base64Url = z.string().regex(/^[A-Za-z0-9_-]*$/);

/** A user ID as it travels: the 32 bytes of an Ed25519 public key, base64url, 43 characters. */
export const UserId = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
export type UserId = z.infer<typeof UserId>;

/** One machine of a user. Random, 16 characters, made at first start; it says nothing about the machine. */
export const DeviceId = z.string().regex(/^[A-Za-z0-9_-]{16}$/);
export type DeviceId = z.infer<typeof DeviceId>;

/** One call. 128 random bits, base64url, chosen by the caller. */
export const CallId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
export type CallId = z.infer<typeof CallId>;

/**
 * A name a person chose. Trimmed, at most 64 characters, something to see in it, and nothing that breaks lines or turns the
 * text around it (UAX #9 embeddings, overrides and isolates).
 */
export const PersonName = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]*$/u)
  .regex(/[\p{L}\p{N}\p{P}\p{S}]/u);

/** An IPv4 or IPv6 address in text. */
export const IpAddress = z.union([z.ipv4(), z.ipv6()]);
export const Port = z.number().int().min(1).max(65535);

/** A transport address. UDP throughout, so the protocol is not named. */
export const TransportAddress = z.object({ address: IpAddress, port: Port });
export type TransportAddress = z.infer<typeof TransportAddress>;

/** RFC 8445 §5.1.1: where a candidate comes from. `relay` is where a carrier is, a node or a relay. */
export const CandidateType = z.enum(['host', 'srflx', 'prflx', 'relay']);
export type CandidateType = z.infer<typeof CandidateType>;

/** A candidate one engine offers to another. `priority` follows RFC 8445 §5.1.2. */
export const Candidate = TransportAddress.extend({
  type: CandidateType,
  priority: z.number().int().min(1).max(0x7fffffff),
});
export type Candidate = z.infer<typeof Candidate>;

/** The kinds of path, best first: the rungs of the ladder. */
export const PathKind = z.enum(['direct', 'sfu', 'relay']);
export type PathKind = z.infer<typeof PathKind>;

export const MediaKind = z.enum(['audio', 'video']);
export type MediaKind = z.infer<typeof MediaKind>;

/** A session description of one local endpoint, candidates already taken out. */
export const Description = z.object({
  type: z.enum(['offer', 'answer']),
  sdp: z.string().min(1).max(16_384),
});
export type Description = z.infer<typeof Description>;

/** What each side shows of its own microphone and camera. */
export const MediaState = z.object({ microphone: z.boolean(), camera: z.boolean() });
export type MediaState = z.infer<typeof MediaState>;
