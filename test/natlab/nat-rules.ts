/** nftables rule sets: one for each behaviour of a box, given to the kernel of that box's network namespace. */
import { type Behaviour, boxesOf, type Kind } from './kinds.ts';

/** The interface of every box that leads outwards. */
export const OUTSIDE = 'wan';

/** A mapping that nothing uses is forgotten after this long: RFC 4787 §4.3 asks for at least two minutes. */
const MAPPING_TIMEOUT = '2m';
/** Ports of `symseq`: as many as this from the first on, one after another; a call opens some dozens. */
const SEQUENCE = { count: 4_096, first: 30_000 };

/**
 * Datagrams that nobody behind the box has asked for end here. Without this the kernel would take them for connections
 * of the box itself and, since their ports are then taken, map later ones elsewhere.
 */
const REFUSE_UNSOLICITED = `
table ip refuse {
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "${OUTSIDE}" meta l4proto udp drop
  }
}`;

/** nft wants each statement on a line of its own. */
function translation(udp: string, more = ''): string {
  return `
table ip translate {
  ${more}
  chain outwards {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "${OUTSIDE}" meta l4proto udp ${udp}
    oifname "${OUTSIDE}" masquerade
  }
}`;
}

/**
 * Learns which inside port has which address from every packet that leaves, before it is translated (hence the priority), and
 * lets in what comes for it. `masquerade` keeps the port number wherever it is free.
 *
 * @param admits what must be true of a datagram from outside besides
 */
function endpointIndependent(admits: string, more = '', learns = ''): string {
  return translation(
    'masquerade persistent',
    `
  map inside {
    type inet_service : ipv4_addr . inet_service
    flags dynamic,timeout
    timeout ${MAPPING_TIMEOUT}
    size 65535
  }
  ${more}
  chain learn {
    type filter hook postrouting priority srcnat - 1; policy accept;
    oifname "${OUTSIDE}" meta l4proto udp update @inside { udp sport : ip saddr . udp sport }
    ${learns}
  }
  chain inwards {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "${OUTSIDE}" meta l4proto udp ${admits} dnat ip to udp dport map @inside
  }`,
  );
}

const ADDRESS_DEPENDENT = endpointIndependent(
  'ip saddr . udp dport @asked',
  `
  set asked {
    type ipv4_addr . inet_service
    flags dynamic,timeout
    timeout ${MAPPING_TIMEOUT}
    size 65535
  }`,
  `oifname "${OUTSIDE}" meta l4proto udp update @asked { ip daddr . udp sport }`,
);

function forwarding(...rules: readonly string[]): string {
  return `
table ip passage {
  chain through {
    type filter hook forward priority filter; policy accept;
    ${rules.join('\n    ')}
  }
}`;
}

/** The counter as a table: as a mere number its two bytes would be taken in the wrong order, and the stride would be 256. */
function portInSequence(): string {
  const ports = Array.from({ length: SEQUENCE.count }, (_, index) => `${index} : ${SEQUENCE.first + index}`);
  return `numgen inc mod ${SEQUENCE.count} map { ${ports.join(', ')} }`;
}

const RULES: Record<Behaviour, string> = {
  fullcone: endpointIndependent(''),
  addr: ADDRESS_DEPENDENT,
  port: translation('masquerade'),
  sym: translation('masquerade fully-random'),
  symseq: translation(`masquerade to :${portInSequence()}`),
  udpblock: translation('masquerade') + forwarding(`oifname "${OUTSIDE}" meta l4proto udp drop`),
  tcp443:
    translation('masquerade') +
    forwarding(`oifname "${OUTSIDE}" tcp dport 443 accept`, `oifname "${OUTSIDE}" drop`),
};

/**
 * Bits of every port number that are turned over: a port given by the rules above becomes another one, and no two become one. Others of the
 * five bits from 0x40 on each time, for 31 times: ports that come back would find who still remembers them.
 */
function otherPorts(timesBefore: number): string {
  return `0x${((((timesBefore + 15) % 31) + 1) << 6).toString(16)}`;
}

/**
 * The ports of a NAT that has started anew. On the outermost wire, where the connections that the kernel knows are past, each port is
 * exchanged for another; what still comes to an old one is nobody's. What the rules have learnt themselves is flushed.
 *
 * @param timesBefore how often it did before
 */
export function rebound(kind: Kind, timesBefore = 0): string {
  const bits = otherPorts(timesBefore);
  const flushed: Partial<Record<Behaviour, readonly string[]>> = {
    fullcone: ['map ip translate inside'],
    addr: ['map ip translate inside', 'set ip translate asked'],
  };
  const [behaviour] = boxesOf(kind);
  const flushes = (behaviour && flushed[behaviour]) ?? [];
  return `
${flushes.map((what) => `flush ${what}`).join('\n')}
table ip rebound
delete table ip rebound
table ip rebound {
  chain outwards {
    type filter hook postrouting priority srcnat + 100; policy accept;
    oifname "${OUTSIDE}" meta l4proto udp udp sport set udp sport ^ ${bits}
  }
  chain inwards {
    type filter hook prerouting priority raw - 100; policy accept;
    iifname "${OUTSIDE}" meta l4proto udp udp dport set udp dport ^ ${bits}
  }
}
`;
}

/** Loss between the sites and the internet, both ways at each, in the middle. @param percent of packets; replaces what there was */
export function lossOf(percent: number): string {
  const drop = `numgen random mod 10000 < ${Math.round(percent * 100)} drop`;
  return `
table inet loss
delete table inet loss
table inet loss {
  chain from {
    type filter hook prerouting priority raw; policy accept;
    iifname "to-*" ${drop}
  }
  chain to {
    type filter hook postrouting priority srcnat + 100; policy accept;
    oifname "to-*" ${drop}
  }
}
`;
}

/** Whatever goes from one site straight to the other is dropped in the middle; servers and nodes are reached as before. */
export function straightClosed(): string {
  return `
table inet straight {
  chain between {
    type filter hook forward priority filter; policy accept;
    iifname "to-a" oifname "to-b" drop
    iifname "to-b" oifname "to-a" drop
  }
}
`;
}

/** It passes again. */
export function straightOpen(): string {
  return `
table inet straight
delete table inet straight
`;
}

/** What leaves is answered, nothing else comes in: a home router's defaults by RFC 6092 §3, as strict as it allows. */
const FIREWALL = [`iifname "${OUTSIDE}" ct state established,related accept`, `iifname "${OUTSIDE}" drop`];

/** What a box that lets out less over IPv4 lets out over IPv6. */
const LEAVING: Partial<Record<Behaviour, readonly string[]>> = {
  udpblock: [`oifname "${OUTSIDE}" meta l4proto udp drop`],
  tcp443: [`oifname "${OUTSIDE}" tcp dport 443 accept`, `oifname "${OUTSIDE}" drop`],
};

/** The same for IPv6, where nothing is translated. */
export function ipv6RulesFor(behaviour: Behaviour): string {
  return `
table ip6 passage {
  chain through {
    type filter hook forward priority filter; policy accept;
    ${[...FIREWALL, ...(LEAVING[behaviour] ?? [])].join('\n    ')}
  }
}
`;
}

/** What `nft -f` is to read in the namespace of a box of that behaviour. */
export function rulesFor(behaviour: Behaviour): string {
  return `${REFUSE_UNSOLICITED}\n${RULES[behaviour]}\n`;
}
