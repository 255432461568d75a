/** npm run node: the engine without a window. Arguments go through; --help lists them. */
import { runBuilt } from './steps/run-built.ts';

await runBuilt('headless');
