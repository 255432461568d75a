/** For tests and benches: a program of the laboratory in an enclosure of its own, and what it printed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inProject } from '../../scripts/steps/project.ts';

/** Runs `program` with `instructions` and gives the JSON it printed. */
export async function outputOfEnclosed<Output>(program: string, instructions: unknown): Promise<Output> {
  // A process of its own: the enclosure's output is that of the process that makes it.
  const child = spawn(
    process.execPath,
    [inProject('test/natlab/enclose.ts'), program, JSON.stringify(instructions)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  let complained = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complained += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ended with code ${code}\n${complained}`);
  return JSON.parse(said) as Output;
}
