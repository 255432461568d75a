/** What macOS tells. Whether a network is metered it tells only to programs in Apple's own languages. */
import type { ConnectedNetwork } from '../../engine/volunteering/machine.ts';
import { MAX_DEVICES } from '../constants.ts';
import { connectedNetworks } from '../names.ts';
import type { Ask } from '../program.ts';
import type { Source } from '../system-machine.ts';
import { parseIdleTime, parsePowerSource, parseSummary } from './parsers.ts';

/** Wi-Fi and cable alike are called en and a number. */
const ASKED = /^en\d+$/;

export function macNetworks(ask: Ask): Source {
  return async ({ names }, signal) => {
    const asked = names.filter((name) => ASKED.test(name)).slice(0, MAX_DEVICES);
    const answers = await Promise.all(
      asked.map((name) => ask('/usr/sbin/ipconfig', ['getsummary', name], signal)),
    );
    if (answers.includes(undefined)) return undefined;
    const summaries = asked.map((interfaceName, index) => ({
      interfaceName,
      ...parseSummary(answers[index] ?? ''),
    }));
    const named = summaries.flatMap(({ interfaceName, name }): ConnectedNetwork[] =>
      name === undefined ? [] : [{ interfaceName, name }],
    );
    const wireless = summaries.filter(({ isWifi }) => isWifi).map(({ interfaceName }) => interfaceName);
    return { networks: connectedNetworks(names, named, wireless) };
  };
}

export function macBattery(ask: Ask): Source {
  return async (_, signal) => {
    const answer = await ask('/usr/bin/pmset', ['-g', 'batt'], signal);
    const onBattery = answer === undefined ? undefined : parsePowerSource(answer);
    return onBattery === undefined ? undefined : { onBattery };
  };
}

export function macIdle(ask: Ask): Source {
  return async (_, signal) => {
    const answer = await ask(
      '/usr/sbin/ioreg',
      ['-r', '-d', '1', '-k', 'HIDIdleTime', '-c', 'IOHIDSystem'],
      signal,
    );
    const idleS = answer === undefined ? undefined : parseIdleTime(answer);
    return idleS === undefined ? undefined : { idleS };
  };
}
