/** Numbers of the STUN service. */

/**
 * Most bytes of answer for a byte of request: spoofing a victim's address must not be worth while. The shortest request
 * is 20 bytes; its answer is 32 with an IPv4 address, 44 with an IPv6 one (RFC 8489 §14.2). A 420 to the shortest
 * request with one unknown attribute (24 bytes) takes 56.
 */
export const MAX_ANSWER_FACTOR = 2.5;

/** Longest request looked at, bytes. Honest ones are below 100; RFC 5780 padding is not served. */
export const MAX_REQUEST_BYTES = 512;

/** RFC 8489 §14.8, §6.3.1. */
export const UNKNOWN_ATTRIBUTE = { code: 420, reason: 'Unknown Attribute' } as const;

/** How often two sockets of the two families try to agree on a port the system may choose. */
export const PORT_ATTEMPTS = 8;
