/** `npm run bench -- <what> [--json]`: measures one thing beside something real, in one run. */

import { benchDirectory } from './directory.ts';
import { benchSetup } from './setup.ts';
import { benchTunnel } from './tunnel.ts';

/** Each says on the way how far it is, takes flags of its own, and gives what is printed. */
type Bench = (say: (line: string) => void, flags: readonly string[]) => Promise<unknown>;

const BENCHES: Readonly<Record<string, Bench>> = {
  directory: benchDirectory,
  setup: benchSetup,
  tunnel: benchTunnel,
};

const [what = '', ...flags] = process.argv.slice(2);
const bench = Object.hasOwn(BENCHES, what) ? BENCHES[what] : undefined;
if (!bench) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json]
  setup also takes --pairs open-open,open-port and --rounds N`);
  process.exit(2);
}
const json = flags.includes('--json');
const result = await bench(
  (line) => console.error(line),
  flags.filter((flag) => flag !== '--json'),
);
console.log(json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
