/** The page as a text for a request for help: what it says, what was measured, no names, and addresses only when wanted. */
import type { Check, Evidence, Sentence } from './check.ts';
import { NETWORK_CHECKS, numberedChecks } from './checks.ts';
import { factsOf, type Speech } from './facts.ts';
import { outlook } from './outlook.ts';

export interface ReportSubject {
  readonly evidence: Evidence;
  readonly version: string;
  readonly host: string;
  /** Checks that follow those of the network, under their names. */
  readonly devices: readonly { readonly name: 'microphone' | 'camera'; readonly check: Check }[];
}

/** The report, a line a fact; `addresses` lets addresses and servers' names in. */
export function reportText(subject: ReportSubject, speech: Speech, addresses: boolean): string {
  const { evidence, version, host, devices } = subject;
  const { t } = speech;
  const say = ({ key, values }: Sentence) => t(key, values ?? {});
  const { name } = outlook(evidence);
  const at = new Date(evidence.report.at).toISOString();
  const lines = [
    t('diagnostics.report.heading', { version, host }),
    t('diagnostics.report.at', { at }),
    '',
    t(`diagnostics.outlook.${name}.title`),
    t(`diagnostics.outlook.${name}.words`),
  ];
  const add = (number: number, title: string, { verdict, words, remedy }: Check) => {
    lines.push('', `${number}. ${title} [${t(`diagnostics.verdict.${verdict}`)}]`, `   ${say(words)}`);
    if (remedy !== undefined) lines.push(`   → ${say(remedy)}`);
  };
  for (const check of numberedChecks(evidence)) {
    add(check.number, t(`diagnostics.check.${check.name}`), check);
    for (const { label, value, withoutAddress } of factsOf(check.name, evidence, speech)) {
      lines.push(`   ${label}: ${addresses ? value : (withoutAddress ?? value)}`);
    }
  }
  for (const [index, { name: device, check }] of devices.entries()) {
    add(NETWORK_CHECKS.length + 1 + index, t(`diagnostics.check.${device}`), check);
  }
  return `${lines.join('\n')}\n`;
}
