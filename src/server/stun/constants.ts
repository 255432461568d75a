/** Numbers of the STUN service. */

/** The first two bytes of a node's answer to a probe: METHOD_PROBE, 0x0b8, as a success response (RFC 8489 §5, figure 3). */
export const PROBE_SUCCESS_TYPE = 0x0368;

/**
 * Most bytes of answer for a byte of request: spoofing a victim's address must not be worth while. The worst case is always the shortest
 * request that gets the answer, and every answer's header is 20 bytes.
 *
 * - `plain`, one address: the bare request is 20 bytes, its answer 20 + 12 with an IPv4 address, 20 + 24 with an IPv6 one
 *   (RFC 8489 §14.2), so 2.2. A 420 to 24 bytes with one unknown attribute takes 56, so 2.34.
 * - With a second address RFC 5780 §6.1 wants RESPONSE-ORIGIN and OTHER-ADDRESS in the answer to the bare request also, and clients
 *   (coturn's natdiscovery among them) find out by it: 20 + 3 × 12 = 56 over IPv4, so 2.8, and 20 + 3 × 24 = 92 over IPv6, so 4.6.
 *   With the 28 and 48 bytes of IP and UDP headers, which both directions pay, that is 84 to 48 and 140 to 68: 1.75 and 2.06.
 *
 * What a victim can get from this server is bounded besides: `stunRequestsPerSecond` counts for the address that is answered, so at
 * the 40 a second of `DEFAULT_LIMITS` it is 40 × 92 bytes, 30 kbit/s.
 */
export const MAX_ANSWER_FACTOR = { plain: 2.5, IPv4: 2.8, IPv6: 4.6 } as const;

/** RFC 8489 §14.8, §6.3.1. */
export const UNKNOWN_ATTRIBUTE = { code: 420, reason: 'Unknown Attribute' } as const;
export const BAD_REQUEST = { code: 400, reason: 'Bad Request' } as const;

/** How often several sockets try to agree on ports the system may choose. */
export const PORT_ATTEMPTS = 8;
