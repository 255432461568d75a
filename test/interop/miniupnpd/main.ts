/** Run by the test: the lab in an enclosure, so that nothing of it can be left behind. Its result goes to standard output. */
import { runEnclosed } from '../../natlab/enclosure.ts';

process.exitCode = await runEnclosed('test/interop/miniupnpd/laboratory.ts', {});
