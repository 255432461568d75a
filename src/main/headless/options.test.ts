import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from './errors.ts';
import { OPTION_NAMES } from './option-schema.ts';
import { variableOf } from './option-sources.ts';
import { defaultDataDirectory, type HeadlessOptions, readOptions } from './options.ts';
import { USAGE } from './usage.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'byway-options-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function file(content: string | object): string {
  const path = join(directory, 'byway.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function read(argv: string[], env: NodeJS.ProcessEnv = {}): HeadlessOptions {
  const options = readOptions(argv, env);
  if (options === 'help') throw new Error('help was read');
  return options;
}

function problemsOf(argv: string[], env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    readOptions(argv, env);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    throw error;
  }
}

/** Every rule of volunteering, in the words of each source. */
const RULES: [name: string, text: string, json: unknown, rule: string, value: unknown][] = [
  ['volunteer', 'true', true, 'enabled', true],
  ['bridges', '12', 12, 'bridges', 12],
  ['up', '20', 20, 'upKbitPerS', 20_000],
  ['down', '2.5', 2.5, 'downKbitPerS', 2_500],
  ['line-up', '40', 40, 'lineUpKbitPerS', 40_000],
  ['line-up', 'unknown', null, 'lineUpKbitPerS', null],
  ['line-percent', '30', 30, 'linePercent', 30],
  ['monthly', '200', 200, 'monthlyGB', 200],
  ['monthly', 'unlimited', null, 'monthlyGB', null],
  [
    'schedule',
    'mon-fri 22:00-06:00;sat,sun 08:00-24:00',
    ['mon-fri 22:00-06:00', 'sat,sun 08:00-24:00'],
    'schedule',
    [
      { days: [1, 2, 3, 4, 5], fromMinute: 1_320, toMinute: 360 },
      { days: [0, 6], fromMinute: 480, toMinute: 1_440 },
    ],
  ],
  ['schedule', 'always', null, 'schedule', null],
  ['idle', '5', 5, 'idleMinutes', 5],
  ['idle', 'off', null, 'idleMinutes', null],
  ['only-on-mains', 'false', false, 'onlyOnMains', false],
  ['only-unmetered', 'true', true, 'onlyUnmetered', true],
  ['never-on', 'wlan0,Phone of Ada', ['wlan0', 'Phone of Ada'], 'neverOn', ['wlan0', 'Phone of Ada']],
  ['never-on', 'none', [], 'neverOn', []],
];

describe('the options of the headless host', () => {
  it('need not be given at all', () => {
    expect(read([], { XDG_DATA_HOME: '/data' })).toEqual({
      command: 'run',
      dataDirectory: '/data/byway',
      name: undefined,
      serverUrl: undefined,
      listenPort: 0,
      udpPort: 0,
      metrics: undefined,
      volunteer: {},
      json: false,
      logLevel: 'error',
    });
  });

  it('are understood as flags', () => {
    const argv =
      '--data /d --name Ann --server wss://s.example/ --listen 4711 --udp-port 4712 --metrics 9100 --volunteer --json'.split(
        ' ',
      );
    expect(read(argv)).toMatchObject({
      dataDirectory: '/d',
      name: 'Ann',
      serverUrl: 'wss://s.example/',
      listenPort: 4711,
      udpPort: 4712,
      metrics: { host: '127.0.0.1', port: 9100 },
      volunteer: { enabled: true },
      json: true,
    });
  });

  it.each(RULES)('take --%s %s from variables and from a file', (name, text, json, rule, value) => {
    expect(read([], { [variableOf(name)]: text }).volunteer).toEqual({ [rule]: value });
    expect(read(['--config', file({ [name]: json })]).volunteer).toEqual({ [rule]: value });
  });

  it('take rules from flags, which may have an opposite or be repeated', () => {
    const argv = '--no-volunteer --up 20 --monthly unlimited --no-only-on-mains --never-on a,b --never-on c';
    const schedule = ['--schedule', 'fri-mon 00:00-24:00', '--schedule', '22:00-06:00'];
    expect(read([...argv.split(' '), ...schedule]).volunteer).toEqual({
      enabled: false,
      upKbitPerS: 20_000,
      monthlyGB: null,
      onlyOnMains: false,
      neverOn: ['a,b', 'c'],
      schedule: [
        { days: [0, 1, 5, 6], fromMinute: 0, toMinute: 1_440 },
        { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 1_320, toMinute: 360 },
      ],
    });
    expect(read(['--never-on', 'none']).volunteer).toEqual({ neverOn: [] });
  });

  it('count as flags first, then as variables, then from the file', () => {
    const path = file({ up: 1, down: 1, bridges: 1, volunteer: true });
    const env = { BYWAY_CONFIG: path, BYWAY_UP: '2', BYWAY_DOWN: '2', BYWAY_NAME: '' };
    expect(read(['--up', '3', '--no-volunteer'], env)).toMatchObject({
      name: undefined,
      volunteer: { upKbitPerS: 3_000, downKbitPerS: 2_000, bridges: 1, enabled: false },
    });
  });

  it('mean folders beside the file that names them', () => {
    expect(read(['--config', file({ data: 'node' })]).dataDirectory).toBe(join(directory, 'node'));
  });

  it.each([
    ['9100', '127.0.0.1', 9100],
    ['0.0.0.0:9100', '0.0.0.0', 9100],
    ['[::1]:0', '::1', 0],
    ['node.example:80', 'node.example', 80],
  ])('serve metrics at %s', (text, host, port) => {
    expect(read(['--metrics', text]).metrics).toEqual({ host, port });
  });

  it('know four commands', () => {
    expect(read(['address']).command).toBe('address');
    expect(read(['status', '--data', '/d', '--json'])).toMatchObject({ command: 'status', json: true });
    expect(read(['--data', '/d', 'drain']).command).toBe('drain');
    expect(read(['run']).command).toBe('run');
  });

  it('are all in the help', () => {
    expect(readOptions(['-h', '--colour'], {})).toBe('help');
    for (const name of OPTION_NAMES) expect(USAGE).toContain(`--${name} `);
  });
});

describe('what is wrong', () => {
  it('is said of every flag at once, one line each', () => {
    expect(problemsOf('--server http://x --listen 70000 --udp-port x --name'.split(' ').concat(' '))).toEqual(
      [
        expect.stringMatching(/^--name must be one line/),
        '--server must be an address that begins with ws:// or wss://.',
        '--listen must be a port number from 0 to 65535.',
        '--udp-port must be a port number from 0 to 65535.',
      ],
    );
    expect(problemsOf(['--colour', 'red'])).toEqual([
      "--colour is no flag of Byway's.",
      '"red" is neither a flag nor a command: run, status, address, drain.',
    ]);
    expect(problemsOf(['--volunteer=yes', '--up', '--json', '--down'])).toEqual([
      '--volunteer takes no value.',
      '--up needs a value.',
      '--down needs a value.',
    ]);
    expect(problemsOf(['status', 'drain'])).toEqual(['"drain" is one word too many.']);
  });

  it.each([
    ['up', '0', 'Mbit/s from 0.1 to 1000'],
    ['up', '1e9', 'Mbit/s'],
    ['bridges', '1.5', 'whole number of calls'],
    ['line-percent', '101', 'percent from 5 to 100'],
    ['monthly', '0', 'gigabytes a month'],
    ['schedule', 'someday 10:00-12:00', 'mon-fri 22:00-06:00'],
    ['schedule', 'mon 24:00-06:00', 'times of the week'],
    ['schedule', 'mon 10:60-12:00', 'times of the week'],
    ['idle', '0', 'whole minutes'],
    ['only-on-mains', 'maybe', 'true or false'],
    ['metrics', 'host:x', 'HOST:PORT'],
    ['metrics', '[1.2.3.4]:5', 'HOST:PORT'],
    ['log-level', 'loud', 'debug, info'],
  ])('is said with its variable: %s=%s', (name, text, words) => {
    const problems = problemsOf([], { [variableOf(name)]: text });
    expect(problems).toEqual([expect.stringContaining(`${variableOf(name)} must be`)]);
    expect(problems[0]).toContain(words);
  });

  it('is said with the file and its key, also where a flag overrides it', () => {
    const path = file({ up: 'much', colour: 1, volunteer: 'perhaps' });
    expect(problemsOf(['--config', path, '--up', '3'])).toEqual([
      `${path}: "volunteer" must be true or false.`,
      `${path}: "up" must be Mbit/s from 0.1 to 1000.`,
      `${path}: "colour" is nothing that Byway knows.`,
    ]);
  });

  it('is said of a file that is not there, is none, or holds something else', () => {
    const nowhere = join(directory, 'nowhere.json');
    expect(problemsOf(['--config', nowhere])).toEqual([
      `--config: ${nowhere} cannot be read: ENOENT: no such file or directory.`,
    ]);
    expect(problemsOf([], { BYWAY_CONFIG: directory })).toEqual([
      `BYWAY_CONFIG: ${directory} cannot be read: it is no file.`,
    ]);
    expect(problemsOf(['--config', file('{"up":\n 20')])[0]).toMatch(/^\S+byway\.json is no JSON: [^\n]+\.$/);
    expect(problemsOf(['--config', file('[20]')])[0]).toContain('must hold one JSON object');
    expect(problemsOf(['--config', file(`{"name":"${'x'.repeat(70_000)}"}`)])[0]).toContain(
      'larger than 64 KiB',
    );
    expect(problemsOf(['--config', file({ config: 'other' })])[0]).toContain('cannot name another file');
  });
});

describe('the default folder', () => {
  it('follows each system', () => {
    expect(defaultDataDirectory({ XDG_DATA_HOME: 'relative' }, 'linux')).toMatch(/\/\.local\/share\/byway$/);
    expect(defaultDataDirectory({}, 'darwin')).toMatch(/Application Support\/Byway\/headless$/);
  });
});
