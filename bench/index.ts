/** `npm run bench -- <what> [--json]`: measures one thing beside something real, in one run. */
import { benchTunnel } from './tunnel.ts';

const BENCHES = { tunnel: benchTunnel };

const [what, ...flags] = process.argv.slice(2);
const bench =
  what !== undefined && Object.hasOwn(BENCHES, what) ? BENCHES[what as keyof typeof BENCHES] : undefined;
const unknown = flags.filter((flag) => flag !== '--json');
if (!bench || unknown.length > 0) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json]`);
  process.exit(2);
}
const json = flags.includes('--json');
const result = await bench((line) => console.error(line));
console.log(json ? JSON.stringify(result) : JSON.stringify(result, null, 2));
