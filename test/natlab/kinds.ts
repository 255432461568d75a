/** The kinds of site that the laboratory can build: what lies between a machine and the internet. */

/** What one box does with the packets that pass it. docs/natlab.md says which words of RFC 4787 each one is. */
export type Behaviour = 'fullcone' | 'addr' | 'port' | 'sym' | 'symseq' | 'udpblock' | 'tcp443';

/** The boxes of each kind of site, the outermost first. */
const BOXES = {
  /** A public address of one's own. */
  open: [],
  /** Mapping and filtering endpoint-independent. */
  fullcone: ['fullcone'],
  /** Mapping endpoint-independent, filtering address-dependent. */
  addr: ['addr'],
  /** Mapping endpoint-independent, filtering address-and-port-dependent: most homes. */
  port: ['port'],
  /** Mapping and filtering address-and-port-dependent, ports by chance. */
  sym: ['sym'],
  /** The same with one port after another. */
  symseq: ['symseq'],
  /** A home's router behind a carrier's: two translations in a row. */
  cgn: ['sym', 'port'],
  /** No UDP leaves. */
  udpblock: ['udpblock'],
  /** Nothing leaves but TCP to port 443. */
  tcp443: ['tcp443'],
  /** Both machines behind one router. */
  lan: ['port'],
} as const satisfies Record<string, readonly Behaviour[]>;

export type Kind = keyof typeof BOXES;

export const KINDS = Object.keys(BOXES) as readonly Kind[];

export function isKind(text: string): text is Kind {
  return Object.hasOwn(BOXES, text);
}

export function boxesOf(kind: Kind): readonly Behaviour[] {
  return BOXES[kind];
}
