/** Check 9: whether the router holds a port open for calls (PCP, NAT-PMP, UPnP IGD). */
import type { NetworkReport } from '../../shared/network.ts';
import { type Check, check, type Evidence } from './check.ts';
import { kindWithoutRouter, reachesAll } from './reach.ts';
import { seenFromOutside } from './viewpoint.ts';

export function routerCheck({ report }: Evidence): Check {
  const { state, external } = report.router;
  const values = external && { port: external.port };
  switch (state) {
    case 'asking':
      return report.running ? check('pending', 'router.asking') : check('untested', 'router.unasked');
    case 'unneeded':
      return seenFromOutside(report.IPv4) && report.IPv4.behaviour?.translated === false
        ? check('good', 'router.nothingBetween')
        : check('untested', 'router.unneeded');
    case 'off':
    case 'none':
    case 'refused':
      return reachesAll(kindWithoutRouter(report))
        ? check('good', `router.${state}Needless`)
        : check('note', `router.${state}`, state === 'off' ? 'askRouter' : 'openPort');
    case 'mapped':
      return check('untested', values ? 'router.mappedPort' : 'router.mapped', undefined, values);
    case 'proved':
      return check('good', values ? 'router.provedPort' : 'router.proved', undefined, values);
    case 'untrue': {
      const [words, remedy] = untrueWords[report.router.doubt ?? 'nothing-arrives'];
      return check('note', words, remedy);
    }
  }
}

const untrueWords = {
  'private-address': ['router.behindAnother', 'publicAddress'],
  'other-address': ['router.otherAddress', 'publicAddress'],
  'nothing-arrives': ['router.nothingArrives', 'restartRouter'],
} as const satisfies Record<NonNullable<NetworkReport['router']['doubt']>, readonly [string, string]>;
