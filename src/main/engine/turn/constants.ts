/** Numbers of the TURN client. Wire values are RFC 8656's (§17 and §18) and RFC 8489's (§18.3) unless another source is named. */

/** RFC 8656 §17. */
export const METHOD_ALLOCATE = 0x003;
export const METHOD_REFRESH = 0x004;
export const METHOD_CHANNEL_BIND = 0x009;

/** RFC 8656 §18, RFC 8489 §18.3. */
export const TURN_ATTRIBUTES = {
  channelNumber: 0x000c,
  lifetime: 0x000d,
  peerAddress: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  relayedAddress: 0x0016,
  requestedTransport: 0x0019,
} as const;

/** RFC 8656 §18.7: REQUESTED-TRANSPORT names UDP by its IP protocol number. */
export const PROTOCOL_UDP = 17;
/** RFC 8656 §19, RFC 8489 §14.8. */
export const TURN_ERRORS = {
  unauthenticated: 401,
  mismatch: 437,
  staleNonce: 438,
  quotaReached: 486,
  noCapacity: 508,
} as const;

/** RFC 8656 §12: the numbers of channels; one allocation of ours has one peer, and one channel. */
export const PEER_CHANNEL = 0x4000;
/** Longest REALM and NONCE, bytes (RFC 8489 §14.9, §14.10: 763 bytes, of at most 128 characters). */
export const MAX_CHALLENGE_BYTES = 763;

/**
 * Pauses after each sending of a request over UDP, ms (RFC 8489 §6.2.1 with an RTO of 250: a call waits for it). 250 + 500 + 1,000 +
 * 2,000 = 3.75 s, then the server is called silent.
 */
export const DATAGRAM_PAUSES_MS: readonly number[] = [250, 500, 1_000, 2_000];
/** A connection delivers or breaks: sent once, and given up after this, ms. Three round trips of a slow network with a lost segment. */
export const STREAM_PAUSES_MS: readonly number[] = [5_000];
/** A connection that is not there after this is given up, ms: TCP's SYN is repeated after 1 and 3 s. */
export const CONNECT_LIMIT_MS = 5_000;
/** Most challenges (401 and 438) that one request is repeated for: the first, and one whose nonce went stale meanwhile. */
export const MAX_CHALLENGES = 3;

/** RFC 8656 §3.2: an allocation lives 10 minutes unless the server says otherwise; what we ask for, s. */
export const LIFETIME_S = 600;
/** An allocation is refreshed after this part of its lifetime, so that a refresh that fails leaves time for another. */
export const REFRESH_PART = 0.5;
/** Refreshes are never closer than this, ms, whatever lifetime a server claims. */
export const MIN_REFRESH_MS = 30_000;
/** RFC 8656 §9: a permission lasts 5 minutes, its channel 10. Binding the channel again renews both; four minutes leave one for a repeat, ms. */
export const REBIND_MS = 240_000;

/**
 * Longest unit that is read from a connection, bytes: STUN messages as long as the codec reads. A longer one (somebody's long datagram,
 * forwarded) is skipped.
 */
export const MAX_UNIT_BYTES = 2_048;
/** Bytes that may wait in a connection's send buffer, after which datagrams are dropped: a quarter of a second of 4 Mbit/s. */
export const MAX_WAITING_BYTES = 128 * 1_024;
/** A server that is taken leave of is asked once more when the first word is lost, ms; then it forgets the allocation by itself. */
export const FAREWELL_PAUSES_MS: readonly number[] = [300, 500];
/** What waits in a connection that is closed has this long to go out, ms. */
export const CLOSE_LIMIT_MS = 1_000;
/** Between the questions to two TURN servers, ms: two round trips of 200 ms and a lost datagram. */
export const SERVER_STAGGER_MS = 600;
/** Allocations of this engine at once: a call has one, and a few while servers are compared and others are taken leave of. */
export const MAX_ALLOCATIONS = 16;
