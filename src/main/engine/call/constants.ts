/** How long a call rings before it counts as not answered, ms. Long enough to fetch a phone from another room. */
export const RING_LIMIT_MS = 45_000;
/** A callee rings this much longer than the caller waits, ms, so that the caller's word ends it wherever there is one. */
export const RING_LIMIT_MARGIN_MS = 5_000;
/** How long an invitation may take to reach the server, ms; a reconnect on a working network takes under 3 s. */
export const INVITE_LIMIT_MS = 5_000;
/** From the answer to a first path, ms. Checks end after about 8 s; beyond 12 s nobody believes in it any more. */
export const CONNECT_LIMIT_MS = 12_000;
/** How long the interface may take to make a session description, ms. It takes about 40. */
export const DESCRIBE_LIMIT_MS = 8_000;
/** A path silent this long while the server says that they are offline means that their app is gone, ms. */
export const GONE_AFTER_SILENCE_MS = 8_000;
/** A signal over a path is a datagram and may be lost: it is sent this often more, at these distances, ms. */
export const CONTROL_REPEATS_MS = [120, 400] as const;
/** Changes of numbers reach the interface at most this often, ms; changes of phase at once. */
export const REPORT_INTERVAL_MS = 200;
/** Calls from people who are not contacts: at most this many in the window below, the rest are dropped unheard. */
export const STRANGER_CALLS = 3;
export const RING_WINDOW_MS = 60_000;
/** Requests to be a contact that are kept at most; the oldest makes room. */
export const MAX_REQUESTS = 100;
/** How long the server keeps a contact request or its answer for someone who is away, ms: seven days. */
export const CONTACT_SIGNAL_TTL_MS = 7 * 24 * 3_600_000;
/** How long a signal inside a call stays useful to a machine that is reconnecting, ms. */
export const CALL_SIGNAL_TTL_MS = 30_000;
/** Timeline entries that a call keeps at most. */
export const MAX_TIMELINE = 200;
/** Candidates that arrive before the call knows their owner's credentials are kept at most this many batches. */
export const MAX_EARLY_CANDIDATES = 16;
/**
 * Datagrams of a handshake that one line tells by signal, and believes, at most. Each message is told once: DTLS 1.2 has 2 flights of 4 a
 * side at the most, DTLS 1.3 with a retry 3; the rest is for what was cut up anew on the way, smaller. And in at most this many envelopes,
 * so that a media end that writes without a pause spends no more of what the server allows (120 in a row).
 */
export const MAX_FLIGHT_DATAGRAMS_TOLD = 24;
export const MAX_FLIGHTS_TOLD = 10;
/** Flights that come before the line is with a machine are kept at most this many: the first of each of two machines, and one more. */
export const MAX_EARLY_FLIGHTS = 3;
/** Saying goodbye at exit may take this long, ms. */
export const GOODBYE_LIMIT_MS = 1_000;
/** Calls from one contact in the same window: more than anybody redials, the rest are dropped unheard. */
export const CONTACT_CALLS = 30;
/** How often the caller may start the line over in one call. Once is usual; each makes a new media end here. */
export const MAX_OFFERS = 4;
/** Machines of one callee that are remembered as ringing; the server lets fewer connect. */
export const MAX_RINGING = 32;
/** Calls of ours that are over and whose machines may still speak of them: as many as a person places in a minute. */
export const ENDED_CALLS_KEPT = 16;
