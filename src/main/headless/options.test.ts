import { describe, expect, it } from 'vitest';
import { UsageError } from './errors.ts';
import { defaultDataDirectory, readOptions } from './options.ts';

const problemsOf = (...argv: string[]): readonly string[] => {
  try {
    readOptions(argv, {});
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
};

describe('flags of the headless host', () => {
  it('need not be given at all', () => {
    expect(readOptions([], { XDG_DATA_HOME: '/data' })).toEqual({
      dataDirectory: '/data/byway',
      name: undefined,
      serverUrl: undefined,
      listenPort: 0,
      udpPort: 0,
      volunteer: false,
      json: false,
      logLevel: 'error',
    });
  });

  it('are all understood', () => {
    const argv =
      '--data /d --name Ann --server wss://s.example/ --listen 4711 --udp-port 4712 --volunteer --json'.split(
        ' ',
      );
    expect(readOptions(argv, {})).toMatchObject({
      dataDirectory: '/d',
      name: 'Ann',
      serverUrl: 'wss://s.example/',
      listenPort: 4711,
      udpPort: 4712,
      volunteer: true,
      json: true,
    });
  });

  it('ask for help', () => {
    expect(readOptions(['-h'], {})).toBe('help');
  });

  it('are refused all at once, each by its name', () => {
    expect(problemsOf('--server', 'http://x', '--listen', '70000', '--udp-port', 'x', '--name', ' ')).toEqual(
      [
        expect.stringContaining('--name'),
        expect.stringContaining('--server must be an address that begins with ws:// or wss://'),
        expect.stringContaining('--listen must be at most 65535'),
        expect.stringContaining('--udp-port must be a port number'),
      ],
    );
    expect(problemsOf('--colour')).toHaveLength(1);
    expect(problemsOf('stray')).toHaveLength(1);
  });
});

describe('the default folder', () => {
  it('follows each system', () => {
    expect(defaultDataDirectory({ XDG_DATA_HOME: 'relative' }, 'linux')).toMatch(/\/\.local\/share\/byway$/);
    expect(defaultDataDirectory({}, 'darwin')).toMatch(/Application Support\/Byway\/headless$/);
  });
});
