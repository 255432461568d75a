/** Numbers of envelopes and of the connection to the rendezvous server, each with its unit and its reason. */
import { MAX_ENVELOPE_CHARS, MAX_ENVELOPE_TTL_MS } from '../../../shared/rendezvous.ts';

/** HPKE's info: binds every key to this use and this version of it (RFC 9180 §5.1). */
export const ENVELOPE_INFO = 'byway-envelope-v1';
/** RFC 9180 §7.1: an encapsulated X25519 key, bytes. */
export const ENCAPSULATED_BYTES = 32;
/** RFC 9180 §7.3: the tag of AES-128-GCM, bytes. */
export const TAG_BYTES = 16;
/** Largest sealed part, bytes. */
export const MAX_SEALED_BYTES = (MAX_ENVELOPE_CHARS / 4) * 3;
/** Longest signal, bytes of its JSON: what an envelope holds where nothing of it can be compressed. */
export const MAX_SIGNAL_BYTES = MAX_SEALED_BYTES - ENCAPSULATED_BYTES - TAG_BYTES;
/**
 * Sizes of padded plaintexts, bytes. The first three make an envelope that crosses a path in one datagram (1,187 bytes with its head, below
 * the 1,232 that every IPv6 network carries). The first two make one that goes to the server in one TCP segment: 768 are 1,088 in base64 after
 * sealing, and some 300 of JSON and TLS come to that. A description that the dictionary knows needs one of these; the rest is for others.
 */
export const PADDED_SIZES = [512, 768, 1_024, 2_048, 4_096, 8_192, 16_384, MAX_SIGNAL_BYTES] as const;

/**
 * How old a signal of a call may be, ms. It rings for 45 s and a signal may wait for a reconnect on either side; after that
 * nobody wants it any more.
 */
export const LIVE_AGE_MS = 120_000;
/** How far in the future one may be, ms: two clocks, each corrected by the server's, with a bad connection in between. */
export const CLOCK_TOLERANCE_MS = 60_000;
/** How old a contact request or its acceptance may be, ms: as long as the server keeps it, and the time to bring it. */
export const MAILBOX_AGE_MS = MAX_ENVELOPE_TTL_MS + LIVE_AGE_MS;

/** Envelopes remembered a sender. A call sends some dozens; whoever sends more makes only their own oldest ones stale. */
export const LIVE_PER_SENDER = 256;
/** Senders remembered: some 30 MB at the very worst. Those who write often are never the ones forgotten. */
export const LIVE_SENDERS = 1_024;
/** The same for the mailbox kinds, which are on disk: a person asks once, and again at each start until they are answered. */
export const MAILBOX_PER_SENDER = 16;
/** 512 senders of 16 are 400 KB on disk, reached only under attack. */
export const MAILBOX_SENDERS = 512;
/** Public keys of others kept ready; converting one takes about a millisecond. */
export const KEYS_KEPT = 1_024;

/** From the first packet to the server's welcome, ms. A mobile network that wakes up takes 3 s. */
export const CONNECT_LIMIT_MS = 10_000;
/**
 * Round trips made at once on a new connection. RFC 6298 §2: with R the round trip, TCP takes a packet for lost after R + 2 R × 0.75^n,
 * n after the first: 3 R from the handshake, 1.2 R after eight.
 */
export const LINE_MEASUREMENTS = 8;
/** Their period, ms: longer than most round trips, so that each is one of its own. */
export const LINE_MEASUREMENT_PERIOD_MS = 250;
/** A connection that was silent for this many of the server's heartbeats is dead. */
export const SILENT_HEARTBEATS = 2;
/** How long a connection may take to answer when the network may have changed under it, ms. */
export const PROBE_LIMIT_MS = 3_000;
/** Our clock and the time that really passed may drift apart by this much, ms, before the server's clock is asked again. */
export const CLOCK_STEP_MS = 5_000;
/** How long closing may take before the connection is cut, ms. */
export const CLOSE_LIMIT_MS = 1_000;

/** The first reconnect comes within this time, ms; each failure doubles it. */
export const BACKOFF_FIRST_MS = 500;
/** Longest back-off, ms: what a person would wait before they press the button. */
export const BACKOFF_LONGEST_MS = 30_000;
/** No back-off is shorter, ms: full jitter alone may give nothing at all. */
export const BACKOFF_SHORTEST_MS = 100;
/** A connection must have lasted this long for the back-off to begin anew, ms; else a server that drops everybody is hammered. */
export const STABLE_AFTER_MS = 5_000;
/**
 * How often a server is tried that is none of ours or refuses us, ms. Not never: the page of a hotel's network answers in
 * the server's place until somebody has signed in there.
 */
export const REFUSED_RETRY_MS = 5 * 60_000;

/** How long a send waits for the server's word, reconnects included, ms. */
export const SEND_LIMIT_MS = 15_000;
/** Sends that may wait at once: all are repeated in one go after a reconnect, and the server counts. A call has a handful. */
export const MAX_PENDING_SENDS = 64;
/** Deliveries whose handlers may be at work at once; above it nothing more is read from the server. */
export const MAX_OPEN_DELIVERIES = 64;
/** Frames a server may send that break the contract before the connection is closed. */
export const MAX_BAD_FRAMES = 16;
/** How long an answer to a question may take, ms: a round trip and a choice that takes the server under 1 ms. */
export const ANSWER_LIMIT_MS = 4_000;
/** Questions under way at once; a call asks one at a time. */
export const MAX_OPEN_QUESTIONS = 32;
/** 96 random bits name a question. */
export const REQUEST_ID_BYTES = 12;
