/** npm run server: the rendezvous server. Arguments go through; --help lists them. */
import { runBuilt } from './steps/run-built.ts';

await runBuilt('server');
