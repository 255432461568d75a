/** Numbers of the SFU node and of what crosses between it and its guests: unit, reason, source. */

/** RFC 8489 §18.2 has no method for this; 0x0b7 is unassigned there. Its requests ask a carrier for a leg, its indications say goodbye. */
export const METHOD_JOIN = 0x0b7;

/** The server's question to a node's claimed address, whether it is there; 0x0b8 is unassigned in RFC 8489 §18.2, too. */
export const METHOD_PROBE = 0x0b8;

/**
 * Attributes of JOIN and PROBE, from the half that must be understood (RFC 8489 §18.3 leaves 0x4000-0x7fff to experts), so that a STUN server
 * that is asked by mistake answers 420.
 */
export const ATTRIBUTE_TICKET = 0x4b70;
export const ATTRIBUTE_SIDE = 0x4b71;
export const ATTRIBUTE_SIGNATURE = 0x4b72;
export const ATTRIBUTE_BRIDGE = 0x4b73;
export const ATTRIBUTE_BRIDGE_STATE = 0x4b74;
export const ATTRIBUTE_CARRIER = 0x4b75;
/** RFC 8656 §18.1, §18.2 and RFC 8489 §14.10. */
export const ATTRIBUTE_CHANNEL_NUMBER = 0x000c;
export const ATTRIBUTE_LIFETIME = 0x000d;
export const ATTRIBUTE_NONCE = 0x0015;

/** RFC 8656 §12 numbers, narrowed by RFC 7983 to first bytes 64-79. */
export const FIRST_CHANNEL = 0x4000;
export const LAST_CHANNEL = 0x4fff;
/** RFC 8656 §12.4: channel and length before each datagram, bytes. */
export const CHANNEL_HEADER_BYTES = 4;

/** Longest message of a leg over a WebSocket, bytes: a frame of a path (4 + 1,400) in one of a leg (4). */
export const MAX_LEG_MESSAGE_BYTES = 1_408;
/**
 * Bytes that may wait in the send buffer of such a WebSocket, after which datagrams are dropped as a full queue anywhere drops
 * them: a quarter of a second of 4 Mbit/s. More would only be delay.
 */
export const MAX_WAITING_BYTES = 128 * 1024;

/** Errors of JOIN. 401, 438, 486 and 508 mean what RFC 8489 §14.8 and RFC 8656 §19 say. */
export const JOIN_ERRORS = {
  /** Ask again with this NONCE: it shows that you receive where you send from. */
  proveAddress: 401,
  /** The ticket is no ticket for this carrier, or not any more. */
  ticketRefused: 403,
  /** The NONCE is old or another address's: here is another. */
  staleNonce: 438,
  /** This user has as many bridges here as one may. */
  quotaReached: 486,
  /** The carrier is full, or leaving. */
  noCapacity: 508,
} as const;

/** Ed25519 (RFC 8032): keys and signatures, bytes. */
export const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
/** A carrier names itself by random bytes, anew at each start, so that nobody is recognised by it. */
export const CARRIER_BYTES = 32;
/** 128 random bits name a bridge, bytes. */
export const BRIDGE_ID_BYTES = 16;
/** SHA-256 of where a carrier is: a ticket holds it, so that nobody but the server says where a caller sends, bytes. */
export const PLACE_BYTES = 32;
/** version 1 + bridge 16 + carrier 32 + place 32 + key A 32 + key B 32 + not after 6 + rate 4 + signature 64, bytes. */
export const TICKET_BYTES = 219;
export const TICKET_VERSION = 1;
/** The longest a ticket may be good for, ms: a call that found its path in time refreshes by its leg, not by its ticket. */
export const MAX_TICKET_LIFE_MS = 10 * 60_000;
/** How far the server's clock and a volunteer's may be apart, ms. */
export const CLOCK_TOLERANCE_MS = 2 * 60_000;

/** A cookie is the beginning of an HMAC-SHA-256, bytes: 96 bits cannot be guessed in the minutes it is good for. */
export const COOKIE_BYTES = 12;
/** A cookie is good in the period it was made in and in the next one, ms. */
export const COOKIE_PERIOD_MS = 60_000;

/** A bridge on which neither leg sent anything for this long is forgotten, ms. Consent checks alone come every 5 s (RFC 7675). */
export const BRIDGE_QUIET_MS = 30_000;
/** A leg whose partner does not come, or has left, is forgotten after this, ms: both sides start within seconds of each other. */
export const HALF_OPEN_MS = 20_000;
/** How often quiet bridges are looked for, ms. */
export const SWEEP_MS = 2_000;
/** A bridge may send this many ms of its rate at once: Chromium's pacer sends a key frame within about 100. */
export const BURST_MS = 250;
/** More than any line, kbit/s: for a carrier whose sum is not limited. */
export const UNLIMITED_KBIT_PER_S = 1e9;
/** Ticket signatures that were found good are remembered, so that the second leg and refreshes cost one verification less. */
export const MAX_KNOWN_TICKETS = 4_096;
/** JOINs with a good cookie that one source address may send: verifications a second, and the most saved up. */
export const JOINS_PER_SECOND = 5;
export const JOIN_BURST = 40;

/** Source addresses whose JOINs are counted; the one unused longest starts afresh. About 150 bytes each. */
export const MAX_JOIN_SOURCES = 4_096;
/** Legs that one source address may have at a node: carriers put many homes behind one address, so more than one call's. */
export const NODE_LEGS_PER_ADDRESS = 8;

/** A node says at most so often what has changed, ms: the server probes anew when the address did. */
export const OFFER_PAUSE_MS = 3_000;
/** A name that the server thinks is another machine's is offered again after this, ms: it may be our own session before. */
export const NAME_AGAIN_MS = 10_000;
/** A node's rates are measured over this time, ms. */
export const RATE_MEASURE_MS = 2_000;
/** A change of load by less than this part of the capacity is not worth telling the server. */
export const LOAD_STEP = 0.1;
/** A goodbye is said so often, ms after the first one: it is a datagram, and two losses in a row are rare. */
export const GOODBYES_MS: readonly number[] = [150, 400];
/** Guests have this long to move after a goodbye, ms: a new leg is joined in two round trips, a standby carries at once. */
export const LEAVE_LIMIT_MS = 2_000;

/** Indications that open a node's filter for one guest, 20 bytes each: the second in case the first is lost. */
export const PUNCHES_MS: readonly number[] = [0, 250];
/** An address is not sent punches again within this time, ms, whoever expects it there: Linux keeps a filter open for 30 s after one. */
export const PUNCH_AGAIN_MS = 20_000;
/** Addresses that are punched for at once; more are not, as if the punch was lost. Far above what `bridges` allows. */
export const MAX_PUNCHED = 256;
