/** Where the renderer's media end finds its engine. */
export const LOOPBACK_ADDRESS = '127.0.0.1';
/** Datagrams kept in one direction until its end is there: DTLS flights, whose longest have about ten. */
export const MAX_EARLY_DATAGRAMS = 16;
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
