/** Numbers of the STUN codec and of discovery. Wire values are RFC 8489's unless another source is named. */

/** RFC 8489 §5: the fixed header, bytes. */
export const HEADER_BYTES = 20;
/** RFC 8489 §5: the same in every message, so that STUN can be told from everything else. */
export const MAGIC_COOKIE = 0x2112a442;
/** RFC 8489 §5: 96 random bits, bytes. */
export const TRANSACTION_ID_BYTES = 12;
/** RFC 8489 §14.5: HMAC-SHA1, bytes. */
export const INTEGRITY_BYTES = 20;
/** RFC 8489 §14.7: what the CRC-32 is XORed with ("STUN"). */
export const FINGERPRINT_XOR = 0x5354554e;
/**
 * Longest message read, bytes. Honest ones fit one Ethernet packet, but for those that RFC 5780 §7.6 pads past it on purpose: coturn's
 * tools send 1,532 bytes and wait for an answer to them.
 */
export const MAX_MESSAGE_BYTES = 2_048;
/** Most attributes read from one message. ICE checks carry 7, RFC 5780 answers 8. */
export const MAX_ATTRIBUTES = 32;
/** RFC 8489 §14.3: a USERNAME is shorter than 509 bytes. */
export const MAX_USERNAME_BYTES = 508;
/** RFC 8489 §14.14 and §14.8: SOFTWARE and a reason phrase are at most 763 bytes. */
export const MAX_TEXT_BYTES = 763;

/** RFC 5780 §7.2: the two flags of a CHANGE-REQUEST. */
export const CHANGE_ADDRESS_FLAG = 0x4;
export const CHANGE_PORT_FLAG = 0x2;

/** RFC 8489 §18.2. */
export const METHOD_BINDING = 0x001;

/**
 * RFC 8489 §6.2.1: pauses after each sending of a request to a STUN server, ms. RTO is 500 and doubles; with Rc 4 a server that does not
 * answer is called silent after 7.5 s.
 */
export const DISCOVERY_PAUSES_MS: readonly number[] = [500, 1_000, 2_000, 4_000];
/** Most STUN servers asked at once; the client configuration holds no more. */
export const MAX_STUN_SERVERS = 16;
