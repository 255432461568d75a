/** Numbers of the mappings asked of routers. Wire values are in the files of their protocols. */

/** RFC 6886 §1.1 and RFC 6887 §19.1: NAT-PMP and PCP servers listen here. */
export const PORT_CONTROL_PORT = 5351;
/** UPnP Device Architecture 1.1 §1.3.2: where M-SEARCH goes. */
export const SSDP_PORT = 1900;
export const SSDP_GROUP = '239.255.255.250';

/**
 * Pauses after each sending of a question to port 5351, ms. RFC 6886 §3.1 begins with 250 and doubles; a router in the same network answers
 * in some ms, so it is given up after 250 + 500 + 1,000 = 1.75 s instead of RFC 6886's 64 s.
 */
export const QUESTION_PAUSES_MS: readonly number[] = [250, 500, 1_000];
/** A router may set up its firewall before it answers: a wish for a mapping is awaited longer, 0.5 + 1 + 2 = 3.5 s. */
export const WISH_PAUSES_MS: readonly number[] = [500, 1_000, 2_000];
/** At the end nobody waits for long: the mapping ends with its lease anyway. 150 + 350 = 0.5 s. */
export const FAREWELL_PAUSES_MS: readonly number[] = [150, 350];
/** What a UPnP farewell may take, ms. */
export const FAREWELL_LIMIT_MS = 1_000;

/** M-SEARCH is sent at these times, ms after the start, for datagrams get lost on wireless networks. */
export const SEARCH_PAUSES_MS: readonly number[] = [400, 800, 1_300];
/** UPnP Device Architecture 1.1 §1.3.2: devices wait up to this long before they answer, s. The least allowed. */
export const SEARCH_MX_S = 1;
/** Most answers to one search that are looked at: a network has one gateway, a hostile one any number. */
export const MAX_SEARCH_ANSWERS = 4;
/** Longest answer to M-SEARCH that is read, bytes. Real ones have 300 to 500. */
export const MAX_SEARCH_ANSWER_BYTES = 2_048;

/** What one HTTP request to the router may take, ms. Slow home routers need one or two seconds for a mapping. */
export const HTTP_LIMIT_MS = 4_000;
/** Longest device description read, bytes. miniupnpd's has 5 kB, large vendors' up to 30 kB. */
export const MAX_DESCRIPTION_BYTES = 65_536;
/** Longest answer to an action, bytes. Real ones have 300 to 800. */
export const MAX_ACTION_ANSWER_BYTES = 16_384;
/** Deepest nesting of XML that is read. A service of a gateway stands 11 deep. */
export const MAX_XML_DEPTH = 24;
/** Most elements of one document. Descriptions have 100 to 300. */
export const MAX_XML_ELEMENTS = 2_000;
/** Most connections of one gateway that are asked whether they are up. Real ones have one to three. */
export const MAX_CONNECTION_SERVICES = 4;
/** Longest path of a description or of an action. */
export const MAX_URL_CHARACTERS = 512;
/** UPnP: other ports tried when ours is taken. */
export const MAX_OTHER_PORTS = 3;

/** When one protocol was answered, better ones get this long to be answered too, ms. */
export const PREFERENCE_GRACE_MS = 150;
/** What finding out whether a protocol is answered may take, ms: a search of 2.5 s, then two HTTP requests of a slow router. */
export const PROBE_LIMIT_MS = 10_000;
/** Most routers asked one after another: what the system names, or guesses for two interfaces. */
export const MAX_ROUTERS = 4;

/**
 * How long a mapping is asked for, s. Short, for it outlives an app that is killed; and a renewal at half of it, every ten minutes, is also
 * how a router that forgot is noticed. RFC 6886 §3.3 recommends 7,200.
 */
export const LEASE_S = 1_200;
/** RFC 6887 §11.2.1: renewals are never closer than this, ms, however short the lease that was given. */
export const MIN_RENEWAL_MS = 4_000;
/** A lease that never ends (UPnP routers that know no other) is looked at as often as one that does, ms. */
export const PERMANENT_RENEWAL_MS = (LEASE_S * 1_000) / 2;
/** A router that was silent, or refused, is asked again after this, ms: it may have been set up since. */
export const ASK_AGAIN_MS = 30 * 60_000;
/**
 * A call that begins asks a router that gave nothing again after this, ms, and twice as long each time that it gives nothing again, up to
 * `ASK_AGAIN_MS`: 1, 2, 4, 8, 16, 30 min. Asking is three searches of the network and a dozen datagrams, most of all while a call is set up.
 */
export const FIRST_PATIENCE_MS = 60_000;
/** Asked to look, we renew only a mapping that is older than this, ms: a call that begins wants a fresh one, ten calls do not want ten. */
export const RENEWAL_FRESH_MS = 60_000;

/** Pauses after each sending of a proof's question to a STUN server, ms: given up after 0.5 + 1 + 1.5 = 3 s. */
export const PROOF_PAUSES_MS: readonly number[] = [500, 1_000, 1_500];
/** Servers asked for a proof, one after another: the nearest may not know RESPONSE-PORT. At most 2 x 6 s. */
export const MAX_PROVING_SERVERS = 2;

/** RFC 6886 §3.6 and RFC 6887 §8.5: what rounding may cost when two clocks are compared, s. */
export const EPOCH_SLACK_S = 2;
/** RFC 6886 §3.6: a router's clock may run slower than ours by an eighth. */
export const NAT_PMP_EPOCH_SHARE = 7 / 8;
/** RFC 6887 §8.5: a PCP server's clock may differ from ours by a sixteenth. */
export const PCP_EPOCH_SHARE = 15 / 16;
