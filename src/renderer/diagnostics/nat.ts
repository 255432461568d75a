/** Checks 7, 8 and 11: what the NATs between this computer and the internet do with its packets (RFC 4787). */
import type { NatBehaviour, NetworkReport } from '../../shared/network.ts';
import { type Check, check, type Evidence } from './check.ts';
import { kindOf } from './reach.ts';
import { natFamily, seenFromOutside, untold } from './viewpoint.ts';

/** RFC 4787 REQ-5: a mapping must not expire sooner, ms. */
const RECOMMENDED_LIFETIME_MS = 120_000;

/** What is known of the NAT as the internet sees it; a server in our own network has seen no NAT. */
function known(report: NetworkReport): NatBehaviour | undefined {
  const family = report[natFamily(report)];
  return seenFromOutside(family) ? family.behaviour : undefined;
}

/** What would let people in whom the NAT keeps out. */
function openingRemedy({ router: { state } }: NetworkReport): string {
  return state === 'untrue' ? 'publicAddress' : 'openPort';
}

export function mappingCheck({ report }: Evidence): Check {
  const behaviour = known(report);
  if (behaviour?.translated === false) return check('good', 'mapping.own');
  if (behaviour?.mapping === undefined) return untold(report, natFamily(report));
  if (behaviour.mapping === 'endpoint-independent') return check('good', 'mapping.same');
  if (report.router.state === 'proved') return check('good', 'mapping.heldOpen');
  const { allocation } = behaviour;
  const remedy = openingRemedy(report);
  if (allocation?.kind === 'sequential') return check('note', 'mapping.sequential', remedy);
  if (allocation?.kind === 'random') return check('note', 'mapping.random', remedy);
  return check('note', 'mapping.changing', remedy);
}

export function filteringCheck({ report }: Evidence): Check {
  const behaviour = known(report);
  if (behaviour?.filtering === undefined) return untold(report, natFamily(report));
  if (behaviour.filtering === 'endpoint-independent') return check('good', 'filtering.anyone');
  if (report.router.state === 'proved' && natFamily(report) === 'IPv4') {
    return check('good', 'filtering.heldOpen');
  }
  if (behaviour.filtering === 'address-dependent') return check('good', 'filtering.answers');
  if (behaviour.translated === false) return check('good', 'filtering.firewall');
  // Strict filtering is usual and costs nothing, unless nobody can know the port that we will be seen under.
  return kindOf(behaviour) === 'random'
    ? check('note', 'filtering.exactChanging', openingRemedy(report))
    : check('good', 'filtering.exact');
}

export function upkeepCheck({ report }: Evidence): Check {
  const behaviour = known(report);
  if (behaviour?.bindingLifetimeMs !== undefined) {
    const seconds = Math.round(behaviour.bindingLifetimeMs / 1000);
    const words = behaviour.bindingLifetimeMs >= RECOMMENDED_LIFETIME_MS ? 'long' : 'short';
    return check('good', `upkeep.${words}`, undefined, { seconds });
  }
  if (behaviour?.translated === false) return check('good', 'upkeep.own');
  const family = natFamily(report);
  // It takes minutes of waiting; nothing turns meanwhile.
  return behaviour?.mapping !== undefined && report[family].untold !== 'plain-servers'
    ? check('untested', 'upkeep.measuring')
    : untold(report, family);
}
