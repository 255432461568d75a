/**
 * What is known of the network this machine is in: the behaviour of the NATs before it, in RFC 4787's words, and the report that a
 * person reads. Absent means that it could not be told, never that it is not so.
 */
import { z } from 'zod';
import { IpAddress, Port, TransportAddress } from './words.ts';

/** RFC 4787 §4.1 for mapping, §5 for filtering: what of the other side's address a NAT looks at. */
export const NatDependence = z.enum([
  'endpoint-independent',
  'address-dependent',
  'address-and-port-dependent',
]);
export type NatDependence = z.infer<typeof NatDependence>;

/**
 * How a NAT chooses the port of a new mapping: RFC 4787 §4.2.1's preservation, one after another with a fixed stride, or by
 * chance.
 */
export const PortAllocation = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('preserving') }),
  /** The next mapping's port is `stride` more than the last one's. */
  z.object({ kind: z.literal('sequential'), stride: z.number().int().min(-64).max(64) }),
  z.object({ kind: z.literal('random') }),
]);
export type PortAllocation = z.infer<typeof PortAllocation>;

/** The NATs between a socket and the internet, seen as one. A machine without any maps and filters endpoint-independently. */
export const NatBehaviour = z.object({
  /** Whether others see us at an address that no interface of ours has. */
  translated: z.boolean(),
  mapping: NatDependence.optional(),
  filtering: NatDependence.optional(),
  allocation: PortAllocation.optional(),
  /** Whether what we send to our own public address comes back to us (RFC 4787 §6). */
  hairpinning: z.boolean().optional(),
  /** A mapping that nothing refreshes was seen to live this long, ms (RFC 5780 §4.6). */
  bindingLifetimeMs: z.number().int().positive().optional(),
});
export type NatBehaviour = z.infer<typeof NatBehaviour>;

/** Why a fact of the report is missing. */
export const Untold = z.enum([
  /** It is being found out. */
  'asking',
  /** Only STUN servers without RFC 5780 answered. */
  'plain-servers',
  /** No STUN server answered. */
  'no-answer',
  /** This machine has no socket of the family. */
  'no-socket',
]);
export type Untold = z.infer<typeof Untold>;

export const FamilyReport = z.object({
  /** Our public address by the nearest server. */
  mapped: TransportAddress.optional(),
  behaviour: NatBehaviour.optional(),
  /** Why the behaviour, or a part of it, is missing. */
  untold: Untold.optional(),
});
export type FamilyReport = z.infer<typeof FamilyReport>;

/** What the router said when it was asked for a mapping of our port. */
export const RouterReport = z.object({
  state: z.enum([
    /** Routers are not to be asked: a setting. */
    'off',
    /** A mapping would help nobody: no STUN server answered, or they see us at an address of our own. */
    'unneeded',
    /** Nobody asked yet, or the answers are awaited. */
    'asking',
    /** No router answered any of the protocols. */
    'none',
    /** A router answered and would not map. */
    'refused',
    /** It says that it mapped our port; no datagram has proved it yet. */
    'mapped',
    /** A datagram came through the mapping. */
    'proved',
    /** It says that it mapped our port, and what came is not so: nothing arrives, or the address is not ours. */
    'untrue',
  ]),
  /** What speaks against a mapping that is `untrue`. */
  doubt: z
    .enum([
      /** Its external address is a private one: there is another NAT behind the router, as with many providers. */
      'private-address',
      /** STUN servers see us at another address. */
      'other-address',
      /** A STUN server sent a datagram to it, and nothing came. */
      'nothing-arrives',
    ])
    .optional(),
  protocol: z.enum(['pcp', 'nat-pmp', 'upnp-igd']).optional(),
  external: z.object({ address: IpAddress, port: Port }).optional(),
});
export type RouterReport = z.infer<typeof RouterReport>;

/** The network as a person is told of it; `networkReport()` of the engine. */
export const NetworkReport = z.object({
  /** ms since 1970 of the last change. */
  at: z.number(),
  /** Whether anything is still being found out. */
  running: z.boolean(),
  /** Whether UDP reaches the internet: `blocked` when no server answered although the rendezvous server is reached over TCP. */
  udp: z.enum(['unknown', 'works', 'blocked']),
  /** Something between us and the server answers in its place, as the sign-in page of a hotel does. */
  captivePortal: z.enum(['unknown', 'none', 'found']),
  IPv4: FamilyReport,
  IPv6: FamilyReport,
  router: RouterReport,
});
export type NetworkReport = z.infer<typeof NetworkReport>;
