/** Where the renderer's media end finds its engine. */
export const LOOPBACK_ADDRESS = '127.0.0.1';
/** Datagrams kept in one direction until its end is there: DTLS flights, whose longest have about ten. */
export const MAX_EARLY_DATAGRAMS = 16;
/**
 * Messages that the media end writes within this time are told together, ms: a flight is several datagrams written in a row. A tenth of a
 * trip between two cities at the most.
 */
export const FLIGHT_GATHER_MS = 2;
/**
 * A datagram that is sent twice leaves again behind the next one, or after this, ms, where none follows: lost datagrams come in bursts. Not
 * further behind, because the audit of nodes takes three places for out of order.
 */
export const COPY_DELAY_MS = 5;
/** Handshake datagrams of a call that are sent twice over its path: two flights of four, each retransmitted once. 23 kB at 1,400 bytes. */
export const MAX_HANDSHAKE_COPIES = 16;
/**
 * Where the path is known to lose, media is sent twice for this long after it opened, ms, and this much of it, datagrams and bytes: the first
 * picture at 1.2 Mbit/s and 30 a second, some 20 kB, three times over with the sound. A line that is full loses as well: 90 kB in a second
 * are 0.7 Mbit/s more, once. With one in ten lost at each site, 19 % of the way, one datagram in 28 is missing and not one in 5.
 */
export const MEDIA_COPIES_MS = 1_000;
export const MAX_MEDIA_COPIES = 100;
export const MAX_MEDIA_COPY_BYTES = 90_000;
/**
 * Media that waits for a path, datagrams and bytes: the first picture at 1.2 Mbit/s and 30 a second is some 20 kB in 18 datagrams, and sound
 * has 50 datagrams a second. It leaves in one burst, less than a router's shortest queue.
 */
export const MAX_WAITING_MEDIA = 40;
export const MAX_WAITING_MEDIA_BYTES = 40_000;
/** Older than this it is not sent any more, ms: a jitter buffer would play it and fall behind. */
export const WAITING_MEDIA_MS = 500;
/** Senders on this machine that proved to be the media end: Chromium has one for each interface. */
export const MAX_LOCAL_SENDERS = 16;
/** RFC 7983 §7: what the first byte of a datagram tells. */
export const LAST_STUN_BYTE = 3;
export const DTLS_FIRST_BYTES = { from: 20, to: 63 } as const;
/** RFC 6347 §4.1: type, version, epoch, sequence number, length; 1 + 2 + 2 + 6 + 2. */
export const DTLS_RECORD_HEADER_BYTES = 13;
/** Largest session description that is looked at, characters, and its most lines. Chromium's has about 6,000 and 180. */
export const MAX_SDP_CHARS = 16_384;
export const MAX_SDP_LINES = 600;
/** RFC 8445 §5.1.2.1 for a host candidate: 126 << 24 | 65535 << 8 | 255. */
export const HOST_CANDIDATE_PRIORITY = 2_130_706_431;
