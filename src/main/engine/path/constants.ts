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
/**
 * A check was lost, or its ack, when the ack took this much longer than a round trip, ms: half of the shortest pause. With less than that of
 * jitter nothing is taken for a loss, and each loss makes it at least the whole pause longer.
 */
export const LOST_CHECK_MARGIN_MS = 40;
/** Pauses of a check to a proved address, ms: it is one of many, so it ends after 1.5 s. */
export const PROBE_PAUSES_MS: readonly number[] = [500, 1_000];
/**
 * While a node or a relay carries, a direct pair that failed is tried again after this, ms. Its allowance for that: beyond what an address
 * that never answers may get at all (`MAX_UNANSWERED_CHECKS`, `MAX_UNANSWERED_PROBES`), one try in this time. So a call of any length may
 * move up, and 100 invented addresses get 7 checks of 0.1 kB a second together, a sixtieth of a call.
 */
export const UPGRADE_PERIOD_MS = 60_000;
/**
 * Pauses of such a try, ms: 4 sendings. Both sides came to the carrier within a trip of each other, so their tries meet; where they do not,
 * one side's checks open its NAT for 30 s at the least, and the other side's come every minute.
 */
export const UPGRADE_PAUSES_MS: readonly number[] = [80, 160, 320, 640];
/**
 * One prediction and one search are tried again after this, ms, while something other than a direct path carries: 144 checks (3 rounds of 12
 * ports, 4 each) or 1,800 (`MAX_SEARCH_CHECKS`), 0.5 or 6 a second on the average.
 */
export const PUNCH_AGAIN_MS = 5 * 60_000;
/** While there is no path, a pair that failed is tried again after this, ms: the other side may have begun later. */
export const RETRY_FAILED_MS = 2_000;
/** Most checks ever sent to an address that never answered one: four rounds of seven. Bounds what a hostile peer can aim at others. */
export const MAX_UNANSWERED_CHECKS = 28;
/**
 * Whoever checks us may be reached now, though what it may get is used up: its NAT can have begun anew. It gets one more check then, once in
 * this time, ms; with the ack that is two datagrams for one of its own.
 */
export const EARNED_CHECK_PERIOD_MS = 500;
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
/** Transaction IDs remembered against replay: some minutes of checks at the quickest rate, 5 a second while a node is audited. */
export const MAX_SEEN_CHECKS = 2_048;
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
/** A pair that stands by and did not answer for this long answers no more, ms: two consent checks of 6 s at most. */
export const ANSWER_FRESH_MS = 12_000;
/** Validated pairs beside the active one that are kept warm with consent checks. */
export const STANDBY_PAIRS = 2;
/** How often a session listens for what came, ms: the time between two packets of audio. */
export const PULSE_MS = 20;
/**
 * The same while datagrams come steadily, ms. Waking up is what listening costs: 25 times a second less is a third of a per cent of a core.
 * The first pause is noticed 10 ms later on the average.
 */
export const STEADY_PULSE_MS = 2 * PULSE_MS;
/** Most time that one pulse counts as silence, ms: two pulses. A program that was kept from running has not listened. */
export const DEAF_MS = 2 * PULSE_MS;
/**
 * Datagrams flow when they came in about half of the pulses of the last second: 50 pulses, 25 of them. With audio every one brings some; the
 * consent checks of a held call (every 400 ms), or a codec that pauses in silence (every 400 ms), bring 1 in 20.
 */
export const FLOW_PULSES = 50;
export const FLOWING_PULSES = 25;
/**
 * Nothing came on the active pair for this long, and datagrams of theirs do on another one: they have left it, and we follow, ms. Three
 * packets of audio: longer than what is still under way on the old one when the new one is quicker by as much.
 */
export const FOLLOW_MS = 60;
/**
 * Datagrams flowed, and none came on the active pair for this long: it and the standby pairs are asked at once, ms. Four packets of audio
 * in a row: with one in ten lost by chance that is 1 in 10,000, every 3 minutes at 50 a second. A false alarm costs a few checks.
 */
export const QUIET_MS = 80;
/** Where pauses were longer of late, that much longer, and this at most, ms: it leaves time for two answers before `SWITCH_MS`. */
export const MAX_QUIET_MS = 120;
/** Pauses of such a check, ms: one lost each way by chance is made good twice before `SWITCH_MS`, 180 ms later. */
export const URGENT_PAUSES_MS: readonly number[] = [50, 70, 140, 300];
/** Most often that such checks begin anew in one silence or several, ms. */
export const URGENT_PERIOD_MS = 300;
/**
 * Datagrams flowed, none came on the active pair, another pair answered meanwhile, and the active one has not though it had its round
 * trip and this margin: the other one takes over, ms. Two pulses: the beginning of a silence and its end are noticed that late.
 */
export const ANSWER_MARGIN_MS = 40;
/** Nor does it before the silence is this many times as long as the longest that ended by itself in the last seconds. */
export const PAUSE_FACTOR = 1.5;
/** How long the longest pause counts, ms: between one and two of these. */
export const PAUSE_MEMORY_MS = 5_000;
/**
 * At the latest after this, ms. Longer than jitter of 200 ms can make the pause between two packets (220 ms, and a pulse of 20 ms until
 * the second is noticed); with the two pulses by which the beginning and the end of a silence are noticed late, 300 ms at most.
 */
export const SWITCH_MS = 260;
/** Datagrams flowed, nothing came for this long, and no pair took over: new ways are looked for, ms. Twenty packets of audio. */
export const STRANDED_MS = 400;
/** New ways are looked for at most this often, ms: it asks STUN servers, and for carriers. */
export const STRANDED_PERIOD_MS = 2_000;
/** A pair that was left because it died is not gone back to for this long, ms; twice as long each time that it died again, up to a minute. */
export const RETURN_MS = 5_000;
export const MAX_RETURN_MS = 60_000;
/** It has died again when it could have been gone back to for no longer than this, ms: later its earlier deaths are forgotten. */
export const DEATHS_REMEMBERED_MS = 2 * MAX_RETURN_MS;
/** Where nothing flows: nothing received on the active pair for this long, and it and the standby pairs are probed, ms. */
export const IDLE_QUIET_MS = 400;
/** Pause between such probes of one pair, ms. */
export const PROBE_PERIOD_MS = 400;
/** Where nothing flows: nothing on the active pair for this long, two probes and their answers, and another one that answers takes over, ms. */
export const IDLE_SWITCH_MS = 900;
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
export const TYPE_PREFERENCE = { host: 126, prflx: 110, srflx: 100, relay: 0 } as const;
/** ICE credentials: 48 and 144 random bits. RFC 8445 §5.3 asks for 24 and 128. */
export const UFRAG_BYTES = 6;
export const PWD_BYTES = 18;
/** Most checks sent to an address that answered once and went silent: what half a minute of probes needs, and some retries. */
export const MAX_UNANSWERED_PROBES = 150;
/** A probe that was not answered for this long is replaced by a new one instead of being sent again, ms: longer than any useful round trip. */
export const RENEW_CHECK_MS = 1_500;

// ── finding a port that a NAT has not given yet ──────────────────────────────────────────────────────────────────────

/** Ports that a NAT may choose from: the registered and dynamic ones (RFC 4787 §4.2.1, REQ-3 keeps the ranges apart). */
export const FIRST_NAT_PORT = 1_024;
export const NAT_PORTS = 64_512;
/** Sockets beside the engine's own, for the whole app: what one search opens. Each costs a mapping at the NAT. */
export const MAX_EXTRA_SOCKETS = 256;

/**
 * How many of the next ports are tried where a NAT gives them in sequence. Let m and n be the latest ports of two such NATs, and a and b
 * what others took there since. The controlling side's check i goes to n + 2i - 1 (times the stride) and leaves from m + a + i; the
 * controlled side's check j goes to m + j and leaves from n + b + j. They meet where 2i - 1 = b + j and j = a + i: at i = a + b + 1 and
 * j = 2a + b + 1, whatever a and b are. (Were both to try 1, 2, 3 ..., they would meet only at a = b = 0.) So 12 bear 2a + b up to 11.
 */
export const PREDICTED_PORTS = 12;
/**
 * Pauses after each check to a predicted port, ms: 4 sendings in 1.5 s. Both sides begin within one trip of each other, so one of the
 * first two finds the other filter open; at 10 % loss each way, 3 more exchanges fail together 1 time in 146.
 */
export const PREDICTED_PAUSES_MS: readonly number[] = [100, 200, 400, 800];
/** Most checks to a predicted port that nothing came from. 3 predictions x 3 rounds x 12 ports x 4 checks: 432 datagrams a session at most. */
export const MAX_PREDICTED_CHECKS = PREDICTED_PAUSES_MS.length;
/** A round has failed when it brought nothing for this long after its first check, ms: 12 x 10 ms, the pauses, and a round trip. */
export const PREDICTION_ROUND_MS = 2_200;
/** Most rounds, each from a new sample and a new socket: 3 x (2.2 s and two trips) stay within the 12 s of a call. */
export const MAX_PREDICTION_ROUNDS = 3;
/** The other side's sample is waited for this long, ms: a round trip to its STUN server, a trip through the rendezvous server, losses. */
export const SAMPLE_WAIT_MS = 4_000;
/** A sample older than this is no start for a prediction, ms: a busy home's NAT gives a few ports a second. */
export const SAMPLE_FRESH_MS = 3_000;
/** Most predictions in one session: one at its beginning, others when it went silent or the other side tells news of its NAT. */
export const MAX_PREDICTIONS = 3;
/** Nothing is begun any more this long after the checks began, ms: its answer would come after the 12 s that a call waits. */
export const PUNCH_LIMIT_MS = 10_500;

/** A search begins when ordinary checks brought nothing for this long, ms: they had four sendings and a round trip of 300 ms. */
export const SEARCH_DELAY_MS = 1_500;
/**
 * Checks of all searches together, a second. The side with the random NAT opens N = 256 sockets, the other one tries ports; M tries
 * hit one of them with 1 - (1 - N / 64512)^M: 50 % after 174, 98 % after 985, 99.9 % after 1,737. Which comes first does not matter: a
 * socket that is opened later at a port that was tried gets in as well. 200 a second make 1,800 in 9 s, and weigh 22 kB/s, a tenth of a
 * call.
 */
export const SEARCH_CHECKS_PER_S = 200;
/** Tokens saved up at most: one step's worth and a late timer. */
export const SEARCH_BURST = 8;
/** Pause between the steps of a search, ms: 4 checks each, so that neither sockets nor checks come in bursts. */
export const SEARCH_STEP_MS = 20;
/** Most sockets that a session opens for searches, one check each to one address: one search, and another where the path went silent. */
export const MAX_SEARCH_SOCKETS = 2 * MAX_EXTRA_SOCKETS;
/** Most ports tried in one session, all its searches together: 200 a second from 1.5 s to 10.5 s. */
export const MAX_SEARCH_CHECKS = 1_800;

/** Checks of every known pair have run their course after this, ms (`CHECK_PAUSES_MS` is 7.5 s): only then is there a reason to tell. */
export const ORDINARY_CHECKS_MS = 8_000;

/** A round trip is waited for so long, ms: whoever measures once a second has this one's answer before the next. Queues of lines that are full hold less. */
export const ROUND_TRIP_LIMIT_MS = 900;
