/** What is made to happen to calls, in which laboratory, and what the issue wants of it. */
import type { Kind } from '../../test/natlab/kinds.ts';

/** Each is an event of the laboratory: docs/natlab.md. */
export const EVENT_NAMES = [
  'node-kill',
  'node-leave',
  'nat-rebind',
  'ip-change',
  'straight-closed',
  'straight-open',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** How long the sound of a call may be away at the most, ms. */
export interface Wanted {
  readonly medianMs?: number;
  readonly worstMs: number;
}

export const WANTED: Readonly<Record<EventName, Wanted>> = {
  'node-kill': { medianMs: 400, worstMs: 800 },
  'node-leave': { worstMs: 40 },
  'nat-rebind': { worstMs: 1_000 },
  'ip-change': { worstMs: 2_000 },
  // The path that carried is gone without a word, as when a node is killed.
  'straight-closed': { medianMs: 400, worstMs: 800 },
  'straight-open': { worstMs: 40 },
};

/** Events that happen in turn to the same calls. */
export interface Series {
  readonly events: readonly EventName[];
  readonly kinds: { readonly a: Kind; readonly b: Kind };
  /** Who lends their line. */
  readonly nodes: readonly Kind[];
  /** How often all of them happen to one call of ours. */
  readonly timesACall: number;
  /** And to all calls of ours in one laboratory. */
  readonly timesALaboratory: number;
}

/** Of use to two sites that give every destination another port. As many as the laboratory has addresses for. */
const NODES: readonly Kind[] = [
  'fullcone',
  'open',
  'addr',
  'fullcone',
  'open',
  'addr',
  'fullcone',
  'open',
  'fullcone',
];
/** No straight path: a node carries, or with plain WebRTC a TURN server. The last node has none to stand by it. */
const OVER_NODES = {
  kinds: { a: 'sym', b: 'sym' },
  nodes: NODES,
  timesACall: NODES.length - 1,
  timesALaboratory: NODES.length - 1,
} as const;
/**
 * A straight path, a relay stands by. A straight path that died is not gone back to for 5 s, then 10, 20, 40: another call after the third
 * time is sooner ready.
 */
const STRAIGHT = {
  kinds: { a: 'port', b: 'port' },
  nodes: [],
  timesACall: 3,
  // There are 31 sets of ports of a NAT that starts anew.
  timesALaboratory: 20,
} as const;

export const SERIES: readonly Series[] = [
  { ...OVER_NODES, events: ['node-kill'] },
  { ...OVER_NODES, events: ['node-leave'] },
  { ...STRAIGHT, events: ['nat-rebind'] },
  { ...STRAIGHT, events: ['ip-change'] },
  { ...STRAIGHT, events: ['straight-closed', 'straight-open'] },
];
