/** Numbers of the path: timing of checks, bounds against hostile input, framing. */

/** RFC 8656 §12.4: channel number and length before each datagram, bytes. */
export const CHANNEL_HEADER_BYTES = 4;
/** RFC 8656 §12, narrowed by RFC 7983 to first bytes 64-79. */
export const FIRST_CHANNEL = 0x4000;
export const CHANNEL_COUNT = 0x1000;
/**
 * Longest datagram a path carries, bytes. Ethernet leaves 1472 over IPv4 and 1452 over IPv6, PPPoE takes 8, the frame 4; the
 * rest is margin for tunnels under the internet. WebRTC stays under 1,300.
 */
export const MAX_TUNNELLED_BYTES = 1_400;
/** Most frames under way to the kernel at once: 0.4 MB, or 0.5 s of a 5 Mbit/s call. Beyond it a datagram is dropped. */
export const MAX_FRAMES = 300;

/** RFC 8445 §14.2: pause between the first checks of two pairs, ms. At least 5; short, because pairs are few (one a remote candidate). */
export const PACING_MS = 10;
/**
 * Pauses after each sending of a check, ms. Short at first, because a check lost to a NAT that was not open yet is made good at once:
 * 80 + 160 + ... + 2,560 = 5,040, and a last wait of 2,460 makes 7.5 s and 7 sendings.
 */
export const CHECK_PAUSES_MS: readonly number[] = [80, 160, 320, 640, 1_280, 2_560, 2_460];
/** Pauses of a check to a proved address, ms: it is one of many, so it ends after 1.5 s. */
export const PROBE_PAUSES_MS: readonly number[] = [500, 1_000];
/** While there is no path, a pair that failed is tried again after this, ms: the other side may have begun later. */
export const RETRY_FAILED_MS = 2_000;
/** Most checks ever sent to an address that never answered one: four rounds of seven. Bounds what a hostile peer can aim at others. */
export const MAX_UNANSWERED_CHECKS = 28;
/** RFC 8445 §6.1.2.5: most pairs of a session. */
export const MAX_PAIRS = 100;
/** Most pairs that come from checks alone. A peer behind the worst NAT makes about one for each of our addresses. */
export const MAX_PEER_REFLEXIVE_PAIRS = 16;
/**
 * Once there are that many, a new one takes the place of one that never answered at most this often, ms: 10 a second. Two NATs that map
 * by destination and let everybody in make a new address of every answer to a new address; without a bound two engines behind them
 * answer each other as fast as the network carries it.
 */
export const PEER_REFLEXIVE_ROOM_MS = 100;
/** Checks that came before we know the other side, kept to be answered when we do. */
export const MAX_EARLY_CHECKS = 16;
/** Transaction IDs remembered against replay: some minutes of checks at the quickest rate. */
export const MAX_SEEN_CHECKS = 512;
/** Most candidates of ours offered: what one `PathParameters` holds. */
export const MAX_LOCAL_CANDIDATES = 32;
/** Most attempts kept for the report. */
export const MAX_ATTEMPTS = 100;

/** How often a session looks at its liveness, ms. */
export const TICK_MS = 100;
/** A better pair takes over this long after the first one opened or the network changed, ms. Later only a better kind does. */
export const SETTLE_MS = 3_000;
/** A pair is only better by round trip when it is so by this much, ms and share: less is noise. */
export const RTT_MARGIN_MS = 10;
export const RTT_MARGIN_SHARE = 0.25;
/** RFC 7675 §5.1: consent is asked for every 5 s, times 0.8 to 1.2, and lasts 30 s. */
export const CONSENT_PERIOD_MS = 5_000;
export const CONSENT_EXPIRY_MS = 30_000;
/** Validated pairs beside the active one that are kept warm with consent checks. */
export const STANDBY_PAIRS = 2;
/** Nothing received on the active pair for this long: it and the standby pairs are probed, ms. Media comes every 20 ms. */
export const QUIET_MS = 400;
/** Pause between such probes of one pair, ms. */
export const PROBE_PERIOD_MS = 400;
/** Nothing on the active pair for this long while another pair answers: the other one takes over, ms. */
export const SWITCH_MS = 900;
/** Nothing on any pair for this long: the screen says so, ms. */
export const SILENT_MS = 2_500;
/** A changed report is announced after this, ms, so that many changes make one. */
export const REPORT_DELAY_MS = 50;
/** Counters alone are announced this often, ms. */
export const COUNTER_REPORT_MS = 1_000;

/** How often the interfaces are looked at, ms: with a call, and without. */
export const INTERFACE_POLL_MS = 1_500;
export const IDLE_INTERFACE_POLL_MS = 10_000;
/** A call that begins asks the STUN servers again when the last answers are older than this, ms. NATs forget after 30 s at the least. */
export const MAPPING_FRESH_MS = 25_000;

/** RFC 8445 §5.1.2.2. */
export const TYPE_PREFERENCE = { host: 126, prflx: 110, srflx: 100 } as const;
/** ICE credentials: 48 and 144 random bits. RFC 8445 §5.3 asks for 24 and 128. */
export const UFRAG_BYTES = 6;
export const PWD_BYTES = 18;
/** Most checks sent to an address that answered once and went silent: what half a minute of probes needs, and some retries. */
export const MAX_UNANSWERED_PROBES = 150;
/** A probe that was not answered for this long is replaced by a new one instead of being sent again, ms: longer than any useful round trip. */
export const RENEW_CHECK_MS = 1_500;
