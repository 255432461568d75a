/** Where the renderer's media end finds its engine. */
export const LOOPBACK_ADDRESS = '127.0.0.1';
/** Datagrams of the peer kept until our renderer has shown itself: a DTLS flight and some checks. */
export const MAX_EARLY_DATAGRAMS = 16;
/** Largest session description that is looked at, characters, and its most lines. Chromium's has about 6,000 and 180. */
export const MAX_SDP_CHARS = 16_384;
export const MAX_SDP_LINES = 600;
/** RFC 8445 §5.1.2.1 for a host candidate: 126 << 24 | 65535 << 8 | 255. */
export const HOST_CANDIDATE_PRIORITY = 2_130_706_431;
