import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

describe.skipIf(process.platform === 'win32')('a command', () => {
  it('says what it wrote and how it ended', async () => {
    expect(await runCommand('sh', ['-c', 'echo a; exit 3'], { output: 'keep' })).toEqual({
      code: 3,
      output: 'a\n',
    });
  });

  it('that takes too long is ended with what it started', async () => {
    // Whoever still holds its output keeps this waiting, longer than a test may last.
    const { code, output } = await runCommand('sh', ['-c', 'sleep 60 & echo begun; wait'], {
      output: 'keep',
      limitMs: 300,
    });

    expect(code).toBe(137);
    expect(output).toContain('begun');
  });
});
