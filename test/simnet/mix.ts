/** How often each kind of site is met. */
import type { SeededRandom } from '../../src/main/engine/outside/testing/seeded-random.ts';
import { KINDS, type Kind } from './kinds.ts';

/**
 * Shares in percent. No study gives all of them; those that do exist are kept to:
 *
 * - sym and symseq are 15 of the 86 behind a NAT, 17 %: "about 82 % of the NATs tested support hole punching for UDP" (Ford, Srisuresh
 *   and Kegel, Peer-to-Peer Communication Across Network Address Translators, USENIX 2005). Carriers of mobile networks have more,
 *   a third (Klinec and Matyáš, SIN 2014).
 * - cgn is 15 of the 90 that are not blocked and not on public addresses: carrier-grade NATs are in 17 to 18 % of the networks of
 *   non-mobile users (Richter et al., A Multi-perspective Analysis of Carrier-Grade NAT Deployment, IMC 2016).
 * - open, firewall, fullcone, addr, port and cgn without those that only seem reachable leave the "64 % of all peers behind a NAT box or
 *   firewall which should allow hole punching" of Halkes and Pouwelse (UDP NAT and Firewall Puncturing in the Wild, Networking 2011)
 *   as the lower end.
 *
 * How the rest divides among fullcone, addr and port is an assumption: most home routers run Linux, which filters by port.
 */
const SHARES: Record<Kind, number> = {
  open: 8,
  firewall: 4,
  fullcone: 10,
  addr: 8,
  port: 38,
  cgn: 15,
  symseq: 4,
  sym: 11,
  udpblock: 2,
};

export function randomKind(random: SeededRandom): Kind {
  let left = random.fraction() * KINDS.reduce((sum, kind) => sum + SHARES[kind], 0);
  for (const kind of KINDS) {
    left -= SHARES[kind];
    if (left < 0) return kind;
  }
  return 'port';
}

export function shareOf(kind: Kind): number {
  return SHARES[kind];
}
