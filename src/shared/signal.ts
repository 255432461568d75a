/**
 * What two engines say to each other inside a sealed envelope. The same sealed bytes may come through the rendezvous
 * server and over the control channel of a path; the envelope's id makes the second one harmless.
 */
import { z } from 'zod';
import { NatBehaviour } from './network.ts';
import { Carrier, Landmarks, MAX_CARRIERS, ThirtyTwoBytes } from './rendezvous.ts';
import {
  CallId,
  Candidate,
  Description,
  type DeviceId,
  IpAddress,
  MediaKind,
  MediaState,
  PersonName,
  Port,
  TransportAddress,
} from './words.ts';

/** RFC 8445 §5.3: ICE credentials of one side of one call. */
export const PathCredentials = z.object({
  ufrag: z.string().regex(/^[A-Za-z0-9+/]{4,32}$/),
  pwd: z.string().regex(/^[A-Za-z0-9+/]{22,64}$/),
});

/** RFC 8656 §12 numbers, chosen by the receiver of what comes on them. */
export const ChannelNumber = z.number().int().min(0x4000).max(0x4fff);

/** The newest mapping of a NAT that gives its ports in sequence: where the other side begins to count. */
export const PortSample = z.object({
  address: IpAddress,
  latestPort: Port,
  /** 1 for the first sample of a call. Both sides try the ports of one round together. */
  round: z.number().int().min(1).max(8),
});
export type PortSample = z.infer<typeof PortSample>;

/** What one side tells of the NAT before its IPv4 socket, so that both know how to find each other, or that they cannot. */
export const NetworkWord = z.object({
  udp: z.enum(['unknown', 'works', 'blocked']),
  /** No more of it than the other side has a use for. */
  behaviour: NatBehaviour.pick({
    translated: true,
    mapping: true,
    filtering: true,
    allocation: true,
  }).optional(),
  sample: PortSample.optional(),
  /** The sender does not show its address: only carriers can join the two. */
  hidden: z.literal(true).optional(),
});
export type NetworkWord = z.infer<typeof NetworkWord>;

/** All that the other engine needs to send checks and datagrams to this one. */
export const PathParameters = PathCredentials.extend({
  channels: z.object({ control: ChannelNumber, media: ChannelNumber }),
  candidates: z.array(Candidate).max(32),
  network: NetworkWord.optional(),
  /** How far the sender is from STUN servers, so that a carrier near both can be found. */
  landmarks: Landmarks.optional(),
});
export type PathParameters = z.infer<typeof PathParameters>;

/**
 * A carrier that both sides of a call try: a volunteer's node or a public relay, with the ticket for it and the key that the
 * receiver joins with. The sender has the other key.
 */
export const CarrierOffer = Carrier.omit({ rttMs: true }).extend({
  /** Seed of the receiver's Ed25519 key in the ticket (side B), 32 bytes, made for this bridge alone. */
  secret: ThirtyTwoBytes,
  /** The sender asks there whatever carries the call now: to stand by, or because it is better. Otherwise only where nothing does. */
  regardless: z.literal(true).optional(),
});
export type CarrierOffer = z.infer<typeof CarrierOffer>;

/** Most datagrams of a handshake in one signal: the longest flight of DTLS with a key exchange after the quantum computer has four. */
export const MAX_FLIGHT_DATAGRAMS = 8;
/** A datagram that a path could carry, bytes. In base64 eight of them make 16,000 characters, which one envelope holds. */
export const MAX_FLIGHT_DATAGRAM_BYTES = 1_500;

/** Why one side ends a call, told to the other. */
export const HangUpReason = z.enum(['hung-up', 'no-path', 'path-lost', 'media-failed', 'app-closed']);
export type HangUpReason = z.infer<typeof HangUpReason>;

/** Why the caller takes an invitation back from one machine of the callee. */
export const CancelReason = z.enum([
  'cancelled',
  'no-answer',
  'answered-elsewhere',
  'declined-elsewhere',
  'busy-elsewhere',
]);
export type CancelReason = z.infer<typeof CancelReason>;

const inCall = { callId: CallId };

export const Signal = z.discriminatedUnion('type', [
  z.object({ type: z.literal('contact-request'), name: PersonName }),
  z.object({ type: z.literal('contact-accept'), name: PersonName }),
  /** Caller to every machine of the callee. */
  z.object({
    type: z.literal('invite'),
    ...inCall,
    media: MediaKind,
    name: PersonName,
    path: PathParameters,
    description: Description,
  }),
  /**
   * Callee's machine: it rings here. To a contact with everything for a path, and with the media end where one was made ahead; to anyone
   * else without any of it.
   */
  z.object({
    type: z.literal('ringing'),
    ...inCall,
    path: PathParameters.optional(),
    description: Description.optional(),
  }),
  /** Callee's machine, once it may tell its address: the media end that belongs to a path told before, or now. */
  z.object({ type: z.literal('prepare'), ...inCall, path: PathParameters, description: Description }),
  /**
   * Callee's machine: a person answered. The path is present where it was not told before; the description follows in
   * `prepare` where it is not here.
   */
  z.object({
    type: z.literal('answer'),
    ...inCall,
    media: MediaKind,
    name: PersonName,
    path: PathParameters.optional(),
    description: Description.optional(),
  }),
  /** Caller to the machine that answered, when another one had been prepared: start over with it alone. */
  z.object({ type: z.literal('offer'), ...inCall, path: PathParameters, description: Description }),
  /** The reply to `offer`. */
  z.object({ type: z.literal('accept'), ...inCall, path: PathParameters, description: Description }),
  z.object({
    type: z.literal('candidates'),
    ...inCall,
    ufrag: PathCredentials.shape.ufrag,
    candidates: z.array(Candidate).max(32),
    /** What is known of the sender's network, where that is news. */
    network: NetworkWord.optional(),
  }),
  /** Whoever controls the path found somebody who could forward it; both sides ask there for a leg. */
  z.object({
    type: z.literal('carriers'),
    ...inCall,
    ufrag: PathCredentials.shape.ufrag,
    offers: z.array(CarrierOffer).min(1).max(MAX_CARRIERS),
  }),
  /** An address that a TURN server gave the sender. Whoever controls the path begins a round; the other side answers with its own. */
  z.object({
    type: z.literal('turn'),
    ...inCall,
    ufrag: PathCredentials.shape.ufrag,
    round: z.number().int().min(1).max(1_000_000),
    relayed: TransportAddress,
  }),
  /**
   * What the sender's media end says of its DTLS handshake while no path carries it. To whom it has told its credentials alone, those of
   * the ufrag.
   */
  z.object({
    type: z.literal('flight'),
    ...inCall,
    ufrag: PathCredentials.shape.ufrag,
    datagrams: z
      .array(z.base64().max((MAX_FLIGHT_DATAGRAM_BYTES / 3) * 4))
      .min(1)
      .max(MAX_FLIGHT_DATAGRAMS),
  }),
  z.object({ type: z.literal('decline'), ...inCall }),
  z.object({ type: z.literal('busy'), ...inCall }),
  z.object({ type: z.literal('cancel'), ...inCall, reason: CancelReason }),
  z.object({ type: z.literal('hang-up'), ...inCall, reason: HangUpReason }),
  z.object({ type: z.literal('media-state'), ...inCall, state: MediaState }),
]);
export type Signal = z.infer<typeof Signal>;
export type SignalType = Signal['type'];

/** A signal that was opened and believed: who sent it, from which machine. */
export interface ReceivedSignal {
  readonly from: string;
  readonly fromDevice: z.infer<typeof DeviceId>;
  readonly sentAt: number;
  readonly signal: Signal;
}
