/** A call as the interface sees it. The engine is the truth; a snapshot is sent whole whenever it changes. */
import { z } from 'zod';
import { CallId, CandidateType, Description, MediaKind, MediaState, PathKind, UserId } from './words.ts';

/** Every way a call can end, each with a sentence of its own in the interface. */
export const EndReason = z.enum([
  'hung-up-here',
  'hung-up-there',
  'declined-here',
  'declined-there',
  'cancelled-here',
  'cancelled-there',
  'busy-there',
  'no-answer-here',
  'no-answer-there',
  'answered-elsewhere',
  'declined-elsewhere',
  /** No machine of theirs is connected to the server. */
  'offline-there',
  /** Our own connection to the server is down and the call had no path yet. */
  'server-unreachable',
  /** Answered, but no path could be made within the limit. */
  'no-path',
  /** The path died and did not come back while our network was up. */
  'peer-gone',
  /** The path died because our own network went away. */
  'network-gone',
  /** The two media ends could not agree or connect. */
  'media-failed',
  'app-closed-here',
  'app-closed-there',
]);
export type EndReason = z.infer<typeof EndReason>;

export const CallPhase = z.enum([
  /** Outgoing: the invitation is on its way. */
  'calling',
  /** Outgoing: at least one machine of theirs rings. */
  'ringing',
  /** Incoming: it rings here. */
  'incoming',
  /** Answered; the path or the media ends are not ready yet. */
  'connecting',
  'active',
  'ended',
]);
export type CallPhase = z.infer<typeof CallPhase>;

/** How one attempt at a path went. One attempt is one candidate pair that was really tried. */
export const AttemptOutcome = z.enum(['waiting', 'succeeded', 'failed', 'abandoned']);
export const AttemptReason = z.enum([
  /** Checks were sent until their end and nothing came back. */
  'no-ack',
  /** The other side answered with an error. */
  'refused',
  /** The system would not send there. */
  'unsendable',
  /** The carrier has no room for another call. */
  'full',
  /** A better pair was found first. */
  'superseded',
  'call-ended',
]);

const end = z.object({ address: z.string(), port: z.number(), type: CandidateType });

export const PathAttempt = z.object({
  id: z.string(),
  kind: PathKind,
  /** The relay is a TURN server, not the server's own. */
  isTurn: z.literal(true).optional(),
  local: end,
  remote: end,
  /** ms since the call was placed or came in. */
  startedMs: z.number(),
  endedMs: z.number().optional(),
  checksSent: z.number().int(),
  outcome: AttemptOutcome,
  reason: AttemptReason.optional(),
  rttMs: z.number().optional(),
});
export type PathAttempt = z.infer<typeof PathAttempt>;

/** What stands in the way where no path is found, as far as it can be told. */
export const PathObstacle = z.enum([
  /** Our network lets no UDP out. */
  'udp-blocked-here',
  /** Theirs lets no UDP out. */
  'udp-blocked-there',
  /** Both NATs choose a new port for every destination, and nobody can know which. */
  'both-unpredictable',
  /** One NAT chooses ports by chance, and the search for one of them found none in its time. */
  'port-not-found',
  /** A NAT gives ports in sequence, and the ones that were worked out were not the ones it gave. */
  'port-not-predicted',
  /** Nothing that is known stands in the way, and yet no check was answered: a firewall, or their machine is gone. */
  'no-answer',
]);
export type PathObstacle = z.infer<typeof PathObstacle>;

/** What happened when, for the time line. */
export const TimelineEvent = z.object({
  /** ms since the call was placed or came in. */
  atMs: z.number(),
  type: z.enum([
    'placed',
    'came-in',
    'rang-there',
    'public-address-found',
    'first-check',
    /** Ports that their NAT should give next are tried. */
    'port-prediction',
    /** Ports are searched for by chance, because a NAT gives them so. */
    'port-search',
    'path-open',
    'path-changed',
    'path-silent',
    'path-back',
    'path-lost',
    'media-connected',
    'answered',
    'first-audio',
    'first-video',
    'server-lost',
    'server-back',
    'ended',
  ]),
  /** Plain data for the sentence, such as an address. Never a key. */
  detail: z.string().max(200).optional(),
});
export type TimelineEvent = z.infer<typeof TimelineEvent>;

const Counters = z.object({
  packetsSent: z.number(),
  packetsReceived: z.number(),
  bytesSent: z.number(),
  bytesReceived: z.number(),
});

export const PathReport = z.object({
  /** `idle` before both sides know each other's addresses. */
  state: z.enum(['idle', 'searching', 'open', 'silent', 'lost', 'closed']),
  /** The path that carries datagrams now. */
  active: z
    .object({
      kind: PathKind,
      isTurn: z.literal(true).optional(),
      local: end,
      remote: end,
      /** Round trip of the last check, ms. */
      rttMs: z.number(),
      sinceMs: z.number(),
    })
    .optional(),
  /** Why there is none, once the checks had their time. */
  obstacle: PathObstacle.optional(),
  attempts: z.array(PathAttempt),
  /** Counted at the socket, by kind of path. */
  carried: z.object({ direct: Counters, sfu: Counters, relay: Counters }),
});
export type PathReport = z.infer<typeof PathReport>;

export const CallPeer = z.object({
  userId: UserId,
  /** The name in our contacts, or the one a stranger gives. */
  name: z.string(),
  isContact: z.boolean(),
});
export type CallPeer = z.infer<typeof CallPeer>;

export const EndpointId = z.string().min(1).max(64);

/** What the renderer's RTCPeerConnection must be for the call. A new id means: close the old one and start over. */
export const LocalEndpoint = z.object({
  id: EndpointId,
  role: z.enum(['offerer', 'answerer']),
  /** A page has described it. One that did not do so itself asks for another (`remakeEndpoint`). */
  described: z.boolean(),
  /** The other side's description, with the engine's loopback port as its only candidate. */
  remote: Description.optional(),
});
export type LocalEndpoint = z.infer<typeof LocalEndpoint>;

/** An endpoint that a page has made ahead and named itself, so that a call is placed with it at once. */
export const ReadyOffer = z.object({ endpointId: EndpointId, description: Description });
export type ReadyOffer = z.infer<typeof ReadyOffer>;

/**
 * An endpoint that a page has made ahead for a call that will come in: its answer to an offer of this form, which the caller is told before
 * the page is. A call whose offer has another form is answered by a new endpoint.
 */
export const ReadyAnswer = z.object({ endpointId: EndpointId, offer: Description, description: Description });
export type ReadyAnswer = z.infer<typeof ReadyAnswer>;

export const CallSnapshot = z.object({
  id: CallId,
  peer: CallPeer,
  direction: z.enum(['outgoing', 'incoming']),
  /** What the caller asked for; each side chooses its own camera. */
  media: MediaKind,
  phase: CallPhase,
  /** ms since 1970. */
  startedAt: z.number(),
  answeredAt: z.number().optional(),
  endedAt: z.number().optional(),
  end: EndReason.optional(),
  /** Absent while nothing of ours may leave (a stranger's call before the answer), and after the end. */
  endpoint: LocalEndpoint.optional(),
  /** True from the answer on: only then may tracks go into the senders. */
  maySendMedia: z.boolean(),
  peerMedia: MediaState,
  path: PathReport,
  timeline: z.array(TimelineEvent),
});
export type CallSnapshot = z.infer<typeof CallSnapshot>;

/** A finished call in the list of recent ones. */
export const CallRecord = z.object({
  id: CallId,
  userId: UserId,
  name: z.string(),
  direction: z.enum(['outgoing', 'incoming']),
  media: MediaKind,
  startedAt: z.number(),
  /** Seconds of conversation; 0 for a call that was never answered. */
  durationS: z.number(),
  end: EndReason,
  pathKind: PathKind.optional(),
});
export type CallRecord = z.infer<typeof CallRecord>;
