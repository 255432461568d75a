/** What an engineer asks of each check: the measured facts behind its sentence, RFC words as they are written there. */
import type { TFunction } from 'i18next';
import type { NatBehaviour, RouterReport } from '../../shared/network.ts';
import { endpoint } from '../call/path/addresses.ts';
import type { Format } from '../ui/format.ts';
import type { Evidence } from './check.ts';
import type { NetworkCheckName } from './checks.ts';
import { addressScope, FAMILIES, natFamily, seenFromOutside } from './viewpoint.ts';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What a report says in place of the value when it goes without addresses; absent where the value holds none. */
  readonly withoutAddress?: string;
}

/** Words and numbers of the interface's language. */
export interface Speech {
  readonly t: TFunction;
  readonly format: Format;
}

/** As the protocols' own papers write their names. */
const PROTOCOL_NAMES: Readonly<Record<NonNullable<RouterReport['protocol']>, string>> = {
  pcp: 'PCP (RFC 6887)',
  'nat-pmp': 'NAT-PMP (RFC 6886)',
  'upnp-igd': 'UPnP IGD',
};

export function factsOf(name: NetworkCheckName, evidence: Evidence, speech: Speech): readonly Fact[] {
  const { network, server, report } = evidence;
  const { t, format } = speech;
  const family = natFamily(report);
  const behaviour = seenFromOutside(report[family]) ? report[family].behaviour : undefined;
  switch (name) {
    case 'interface':
      return network.hostAddresses.map(({ interfaceName, address }) =>
        addressFact(interfaceName, { address }, t),
      );
    case 'sockets':
      return network.sockets.map(({ family: label, port }) => ({ label, value: `UDP ${port}` }));
    case 'server':
      return server.url === '' ? [] : [hiddenFact(t('diagnostics.fact.server'), server.url, t)];
    case 'udp':
      return network.stun.map((asked) =>
        hiddenFact(t('diagnostics.fact.stunServer'), asked.server, t, answerOf(asked, speech)),
      );
    case 'address':
      return FAMILIES.flatMap((each) => {
        const { mapped } = report[each];
        return mapped ? [addressFact(each, mapped, t)] : [];
      });
    case 'mapping':
      return behaviour ? mappingFacts(behaviour, speech) : [];
    case 'filtering':
      return behaviour?.filtering === undefined
        ? []
        : [{ label: t('diagnostics.fact.filtering'), value: `${behaviour.filtering} (RFC 4787 §5)` }];
    case 'router':
      return routerFacts(report.router, t);
    case 'ipv6':
      return network.hostAddresses
        .filter(({ address }) => address.includes(':'))
        .map(({ interfaceName, address }) => addressFact(interfaceName, { address }, t));
    case 'upkeep':
      return behaviour ? upkeepFacts(behaviour, t, format) : [];
    case 'portal':
      return [];
  }
}

function mappingFacts({ mapping, allocation }: NatBehaviour, { t }: Speech): Fact[] {
  const facts: Fact[] = [];
  if (mapping !== undefined) {
    facts.push({ label: t('diagnostics.fact.mapping'), value: `${mapping} (RFC 4787 §4.1)` });
  }
  if (allocation !== undefined) {
    const value =
      allocation.kind === 'sequential'
        ? t('diagnostics.fact.sequential', { stride: allocation.stride })
        : t(`diagnostics.fact.${allocation.kind}`);
    facts.push({ label: t('diagnostics.fact.allocation'), value });
  }
  return facts;
}

function routerFacts({ protocol, external }: RouterReport, t: TFunction): Fact[] {
  const facts: Fact[] = [];
  if (protocol !== undefined) {
    facts.push({ label: t('diagnostics.fact.protocol'), value: PROTOCOL_NAMES[protocol] });
  }
  if (external !== undefined) facts.push(addressFact(t('diagnostics.fact.external'), external, t));
  return facts;
}

function upkeepFacts({ bindingLifetimeMs, hairpinning }: NatBehaviour, t: TFunction, format: Format): Fact[] {
  const facts: Fact[] = [];
  if (bindingLifetimeMs !== undefined) {
    facts.push({ label: t('diagnostics.fact.lifetime'), value: format.span(bindingLifetimeMs) });
  }
  if (hairpinning !== undefined) {
    const value = t(hairpinning ? 'diagnostics.fact.yes' : 'diagnostics.fact.no');
    facts.push({ label: t('diagnostics.fact.hairpinning'), value: `${value} (RFC 4787 §6)` });
  }
  return facts;
}

function answerOf(
  { state, rttMs, nearest }: Evidence['network']['stun'][number],
  { t, format }: Speech,
): string {
  if (state !== 'answered') return t(`diagnostics.fact.${state}`);
  const time = format.ms(rttMs ?? 0);
  return nearest ? t('diagnostics.fact.nearest', { time }) : time;
}

/** A place that names somebody's server, with what is known of it. */
function hiddenFact(label: string, place: string, t: TFunction, known?: string): Fact {
  const tail = known === undefined ? '' : ` · ${known}`;
  return {
    label,
    value: place + tail,
    withoutAddress: t('diagnostics.fact.leftOut') + tail,
  };
}

/** Without its address still what kind it is, and its port: that is what a reader of the report needs. */
function addressFact(label: string, place: { address: string; port?: number }, t: TFunction): Fact {
  const { address, port } = place;
  const kind = t(`diagnostics.scope.${addressScope(address)}`, {
    family: address.includes(':') ? 'IPv6' : 'IPv4',
  });
  return {
    label,
    value: port === undefined ? address : endpoint({ address, port }),
    withoutAddress: port === undefined ? kind : `${kind}:${port}`,
  };
}
