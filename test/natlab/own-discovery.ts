/** A program for the laboratory: what our own engine finds at each site. Prints one JSON object. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inProject, say } from '../../scripts/steps/project.ts';
import { SERVER, SERVER_IPV6, type Site } from './addresses.ts';
import { furnishEnclosure } from './enclosure.ts';
import type { FoundNetwork, NetworkQuestion } from './found-network.ts';
import { buildInternet, type InternetOptions } from './internet.ts';
import { addIpv6 } from './ipv6.ts';
import { feed, within } from './namespaces.ts';
import { startServerInTheMiddle } from './rendezvous.ts';

export interface OwnDiscovery extends InternetOptions {
  readonly limitMs: number;
  readonly lifetime?: boolean;
  /** How long the kernels of the boxes keep a mapping that was used for a while, s; their own 120 without. */
  readonly streamTimeoutS?: number;
}

try {
  await furnishEnclosure();
  const options = JSON.parse(process.argv[2] ?? '') as OwnDiscovery;
  const namespaces = await buildInternet(options);
  await addIpv6(options);
  const { streamTimeoutS, ipv6 = 'none' } = options;
  await startServerInTheMiddle('none', ipv6 !== 'none');
  if (streamTimeoutS !== undefined) {
    for (const box of ['a-box-0', 'b-box-0']) {
      const setting = `net.netfilter.nf_conntrack_udp_timeout_stream=${streamTimeoutS}`;
      await feed('ip', ['netns', 'exec', box, 'sysctl', '-q', '-w', setting]);
    }
  }
  const question: NetworkQuestion = {
    servers: [SERVER, ...(ipv6 === 'none' ? [] : [SERVER_IPV6])].map(({ address }) => ({
      host: address,
      port: SERVER.port,
    })),
    limitMs: options.limitMs,
    lifetime: options.lifetime === true,
  };
  const ask = async (site: Site): Promise<FoundNetwork> => {
    const program = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      inProject('test/natlab/ask-network.ts'),
    ];
    const [command = '', ...args] = [...within(namespaces[site]), ...program, JSON.stringify(question)];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    await once(child, 'close');
    return JSON.parse(said) as FoundNetwork;
  };
  const [a, b] = await Promise.all([ask('a'), ask('b')]);
  process.stdout.write(`${JSON.stringify({ a, b })}\n`);
  process.exit(0);
} catch (error) {
  say(`Byway: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exit(1);
}
