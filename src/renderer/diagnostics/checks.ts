/** The numbered checks, in the order of the page: from the cable to the router. Microphone and camera follow on the page. */
import type { Check, Evidence, Sentence } from './check.ts';
import { addressCheck, ipv6Check, portalCheck, udpCheck } from './internet.ts';
import { filteringCheck, mappingCheck, upkeepCheck } from './nat.ts';
import { routerCheck } from './router.ts';
import { interfaceCheck, serverCheck, socketsCheck } from './this-computer.ts';

const checks = {
  interface: ({ network }) => interfaceCheck(network),
  sockets: ({ network }) => socketsCheck(network),
  server: ({ server }) => serverCheck(server),
  portal: portalCheck,
  udp: udpCheck,
  address: addressCheck,
  mapping: mappingCheck,
  filtering: filteringCheck,
  router: routerCheck,
  ipv6: ipv6Check,
  upkeep: upkeepCheck,
} as const satisfies Record<string, (evidence: Evidence) => Check>;

export type NetworkCheckName = keyof typeof checks;

/** What belongs together on the page. */
export const NETWORK_GROUPS = {
  computer: ['interface', 'sockets', 'server'],
  internet: ['portal', 'udp', 'address'],
  router: ['mapping', 'filtering', 'router', 'ipv6', 'upkeep'],
} as const satisfies Record<string, readonly NetworkCheckName[]>;

/** The checks as they stand, numbered by their place. */
export const NETWORK_CHECKS: readonly NetworkCheckName[] = Object.values(NETWORK_GROUPS).flat();

export function networkCheck(name: NetworkCheckName, evidence: Evidence): Check {
  return checks[name](evidence);
}

export interface NumberedCheck extends Check {
  readonly name: NetworkCheckName;
  readonly number: number;
}

/** All checks. What an earlier one says already, a remedy or why nothing is known, is not said again, only where it stands. */
export function numberedChecks(evidence: Evidence): readonly NumberedCheck[] {
  const reasons = new Map<string, number>();
  const remedies = new Map<string, number>();
  return NETWORK_CHECKS.map((name, index) => {
    const number = index + 1;
    const { verdict, words, remedy } = networkCheck(name, evidence);
    return {
      name,
      number,
      verdict,
      words: verdict === 'untested' ? onlyOnce(words, number, reasons, 'diagnostics.untold.sameAs') : words,
      ...(remedy && { remedy: onlyOnce(remedy, number, remedies, 'diagnostics.remedy.sameAs') }),
    };
  });
}

function onlyOnce(sentence: Sentence, number: number, said: Map<string, number>, sameAs: string): Sentence {
  const earlier = said.get(sentence.key);
  if (earlier !== undefined) return { key: sameAs, values: { number: earlier } };
  said.set(sentence.key, number);
  return sentence;
}
