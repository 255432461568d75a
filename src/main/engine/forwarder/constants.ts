/** Numbers of the forwarder: unit, reason, source. */

/** Channels of RFC 8656 §12 as RFC 7983 leaves them: 0x4000 to 0x4fff. Each may have one route. */
export const FIRST_CHANNEL = 0x4000;
export const CHANNELS = 0x1000;

/** RFC 8656 §12.4: channel and length before each datagram, bytes. */
export const CHANNEL_HEADER_BYTES = 4;

/** First bytes of ChannelData, and the last one of STUN (RFC 7983 §7). */
export const FIRST_CHANNEL_BYTE = 64;
export const LAST_CHANNEL_BYTE = 79;
export const LAST_STUN_BYTE = 3;

/** Datagrams a call of recvmmsg may bring: at 50,000/s and a nap of 0.3 ms about 15 wait; more make a burst cheaper. */
export const BATCH = 64;

/** Room for one datagram, bytes: a path's frames are at most 1,404, Ethernet carries 1,472. What is longer is cut, and dropped for that. */
export const SLOT_BYTES = 2_048;

/** sockaddr_in6 is 28 bytes long; with 32 each begins at a multiple of 8. */
export const SOCKADDR_BYTES = 32;

/**
 * From this many datagrams a second on, the forwarder lets some gather instead of being woken for each: waking costs 10 to 20 µs where forwarding costs 4.
 * Below, each wakes it: a node with ten calls is not at all delayed.
 */
export const NAP_FROM_PER_S = 8_000;
/** So many are let gather, ... */
export const GATHER = 8;
/**
 * ... but for no longer than this, µs. Measured: naps of 100 give 0.4 ms at the 99th percentile, of 200 and 300 more than 1 ms, because a virtual machine
 * that sleeps longer gives its processor away (Linux's haltpoll waits 200 µs).
 */
export const LONGEST_NAP_US = 100;

/** How long it waits for a datagram at most, ms: only so that a lost wake-up is no lock-up. */
export const POLL_LIMIT_MS = 1_000;

/** Datagrams that wait for the engine's own thread, bytes: 256 of the longest. What is beyond is dropped, as a full socket drops. */
export const RING_BYTES = 512 * 1_024;
/** Of them STUN may fill this part, so that a flood of questions leaves room for a call's frames. */
export const STUN_SHARE = 0.5;
/** Datagrams that the engine's thread takes in one turn, so that a flood does not keep it from everything else. */
export const DRAIN_AT_ONCE = 64;

/** Sources that are told apart when the engine's thread is protected from a flood; others share a place with one of them. */
export const SOURCES = 1_024;
/**
 * STUN that one source may put to the engine's thread, a second and at once. A guest joins with two requests and a peer checks some dozen times, but
 * a source may be a carrier's NAT with many homes behind it. At 20 to 50 µs each this is a fortieth of the thread.
 */
export const STUN_PER_SECOND = 500;
export const STUN_BURST = 1_000;
/** Frames of channels without a route, likewise: the user's own calls, about 700/s each. */
export const FRAMES_PER_SECOND = 5_000;
export const FRAMES_BURST = 2_000;

/** A leg may send so many ms of its ticket's rate at once, all bridges together so many of the cap. See engine/sfu. */
export const BURST_MS = 250;
/**
 * What all together may send is a word of the engine's thread that holds for so long, ms: it is said again every 2 s, and what is sent is counted against an
 * allowance there. A thread that stalls for longer has other troubles than guests.
 */
export const FORWARDS_ALONE_MS = 5_000;
/** How often it is looked at what each bridge wants, and the cap shared anew, ms. */
export const SHARE_MS = 50;
/**
 * Bridges that are held to their shares get a little less than there is until the common bucket is half full (from nothing in 2.5 s), so that who stays below
 * its share finds something there; and then a little more, so that nothing is lost.
 */
export const SHARE_LESS = 0.95;
export const SHARE_MORE = 1.05;
/** A bridge may save up so many ms of its share: a key frame of video comes within about 100. */
export const SHARE_BURST_MS = 100;

/** Time a worker has to start or to end, ms. */
export const WORKER_LIMIT_MS = 5_000;
