import { describe, expect, it } from 'vitest';
import { readStartFlags } from './start-flags.ts';

describe('what is typed after npm start --', () => {
  it('may be nothing', () => {
    expect(readStartFlags([], true)).toEqual({ headless: false, window: [], noWindow: [] });
  });

  it('asks for help, whatever stands beside it', () => {
    expect(readStartFlags(['--bogus', '--help'], true)).toBe('help');
    expect(readStartFlags(['-h'], false)).toBe('help');
  });

  it('goes to the program it is for', () => {
    const argv = ['--data', '/d', '--name=Ann B', '--no-sandbox', '--lang=de', 'byway://add/abc'];
    expect(readStartFlags(argv, true)).toEqual({
      headless: false,
      window: ['--data=/d', '--name=Ann B', '--no-sandbox', '--lang=de', 'byway://add/abc'],
      noWindow: ['--data=/d', '--name=Ann B'],
    });
    expect(readStartFlags(['--headless', '--json', '--listen', '4711'], true)).toEqual({
      headless: true,
      window: [],
      noWindow: ['--json', '--listen=4711'],
    });
  });

  it.each([
    '--use-fake-device-for-media-stream',
    '--use-file-for-fake-audio-capture=/a.wav',
    '--enable-logging',
    '--remote-debugging-port=0',
    '--inspect=0',
    '--inspect-brk',
    '--allow-loopback-in-peer-connection',
    '--autoplay-policy=no-user-gesture-required',
    '--v=1',
    '--ozone-platform=wayland',
    '--force-prefers-reduced-motion',
  ])('lets %s of Chromium pass', (flag) => {
    expect(readStartFlags([flag], true)).toEqual({ headless: false, window: [flag], noWindow: [] });
  });

  it('lets anything pass after a lone --', () => {
    expect(readStartFlags(['--data=/d', '--', '--weird', 'x'], true)).toMatchObject({
      window: ['--data=/d', '--weird', 'x'],
      noWindow: ['--data=/d'],
    });
  });

  it.each([
    [['--bogus'], true, '--bogus'],
    [['--bogus=1'], false, '--bogus'],
    [['--versio'], true, '--versio'],
    [['-x'], true, '-x'],
    [['stray'], true, '"stray"'],
    [['--data'], true, '--data needs a value'],
    [['--data', '--no-sandbox'], true, '--data needs a value'],
    [['--headless=yes'], true, '--headless takes no value'],
    [['--udp-port', '4'], true, 'add --headless'],
    [['--log-level', 'loud'], true, '--log-level'],
    [['--server', 'http://x/'], true, '--server'],
    [['--listen', '70000'], false, '--listen must be a port number from 0 to 65535'],
  ] as const)('refuses %j (window: %s) with a sentence', (argv, canOpenWindow, sentence) => {
    expect(readStartFlags(argv, canOpenWindow)).toEqual({ problems: [expect.stringContaining(sentence)] });
  });
});
