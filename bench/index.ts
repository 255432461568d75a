/** `npm run bench -- <what> [--json]`: measures one thing beside something real, in one run. */

import { benchDirectory } from './directory.ts';
import { benchEvents, eventsInWords } from './events.ts';
import { benchForwarder } from './forwarder.ts';
import { benchSetup } from './setup.ts';
import { benchTunnel } from './tunnel.ts';

/** Each says on the way how far it is, takes flags of its own, and gives what is printed. */
type Bench<Result> = (say: (line: string) => void, flags: readonly string[]) => Promise<Result>;

/** Runs a bench and gives what to print of it, for programs or for people. */
function printed<Result>(
  bench: Bench<Result>,
  inWords = (result: Result) => JSON.stringify(result, null, 2),
): (flags: readonly string[], json: boolean) => Promise<string> {
  return async (flags, json) => {
    const result = await bench((line) => console.error(line), flags);
    return json ? JSON.stringify(result) : inWords(result);
  };
}

const BENCHES = {
  directory: printed(benchDirectory),
  events: printed(benchEvents, eventsInWords),
  forwarder: printed(benchForwarder),
  setup: printed(benchSetup),
  tunnel: printed(benchTunnel),
};

const [what = '', ...flags] = process.argv.slice(2);
const run = Object.entries(BENCHES).find(([name]) => name === what)?.[1];
if (!run) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json]
  forwarder also takes --rounds N, --only batched,dgram,coturn2,coturn1,c and --parts speed,many,cap,flood
  setup also takes --pairs open-open,open-port and --rounds N
  events also takes --readings N, --only node-kill,nat-rebind and --of byway or --of webrtc`);
  process.exit(2);
}
const text = await run(
  flags.filter((flag) => flag !== '--json'),
  flags.includes('--json'),
);
console.log(text);
