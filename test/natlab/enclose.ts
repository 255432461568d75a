/** node test/natlab/enclose.ts <program> <instructions as JSON>: runs a program of the laboratory in an enclosure. */
import { runEnclosed } from './enclosure.ts';

const [program = '', instructions = '{}'] = process.argv.slice(2);
process.exitCode = await runEnclosed(program, JSON.parse(instructions));
