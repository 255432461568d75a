import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from './configuration.ts';

describe('configuration', () => {
  test('has a default for everything', () => {
    expect(readConfiguration([], {})).toEqual({
      host: '::',
      port: 47_800,
      relay: 'all',
      'trust-proxy': false,
      'one-machine': false,
      metrics: true,
      'log-level': 'info',
    });
  });

  test('takes flags before the environment, and the environment before defaults', () => {
    const environment = { BYWAY_PORT: '1000', BYWAY_HOST: '127.0.0.1', BYWAY_METRICS: 'false' };

    expect(readConfiguration(['--port', '2000'], environment)).toMatchObject({
      port: 2000,
      host: '127.0.0.1',
      metrics: false,
    });
    expect(readConfiguration(['--metrics'], environment)).toMatchObject({ metrics: true });
    expect(readConfiguration(['--no-metrics'], {})).toMatchObject({ metrics: false });
  });

  test('reads STUN servers from repeated flags or a list', () => {
    const expected = {
      'stun-server': [
        { host: 'stun.example', port: 3478 },
        { host: '2001:db8::1', port: 3479 },
      ],
    };

    expect(
      readConfiguration(['--stun-server', 'stun.example:3478', '--stun-server', '[2001:db8::1]:3479'], {}),
    ).toMatchObject(expected);
    expect(
      readConfiguration([], { BYWAY_STUN_SERVER: 'stun.example:3478,[2001:db8::1]:3479' }),
    ).toMatchObject(expected);
  });

  test('reads the addresses of STUN, with what they are behind a NAT', () => {
    const expected = {
      'stun-host': [{ address: '10.0.0.1', publicAddress: '203.0.113.1' }, { address: '2001:db8::1' }],
      'stun-alternate-host': [
        { address: '10.0.0.2', publicAddress: '203.0.113.2' },
        { address: '2001:db8::2' },
      ],
      'stun-alternate-port': 3480,
    };
    const first = ['--stun-host', '10.0.0.1=203.0.113.1', '--stun-host', '2001:DB8::1'];
    const second = [
      '--stun-alternate-host',
      '10.0.0.2=203.0.113.2',
      '--stun-alternate-host',
      '2001:db8:0::2',
    ];

    expect(readConfiguration([...first, ...second, '--stun-alternate-port', '3480'], {})).toMatchObject(
      expected,
    );
    expect(
      readConfiguration([], {
        BYWAY_STUN_HOST: '10.0.0.1=203.0.113.1,2001:db8::1',
        BYWAY_STUN_ALTERNATE_HOST: '10.0.0.2=203.0.113.2,2001:db8::2',
        BYWAY_STUN_ALTERNATE_PORT: '3480',
      }),
    ).toMatchObject(expected);
  });

  test('reads TURN servers, and their secret from the environment or a file', () => {
    const uris = ['turn:turn.example:3478?transport=udp', 'turns:turn.example:5349'];

    expect(
      readConfiguration([], { BYWAY_TURN_SERVER: uris.join(), BYWAY_TURN_SECRET: 'shared' }),
    ).toMatchObject({ 'turn-server': uris, 'turn-secret': 'shared' });
    expect(
      readConfiguration(
        ['--turn-server', uris[0] ?? '', '--turn-server', uris[1] ?? '', '--turn-secret-file', '/secret'],
        {},
      ),
    ).toMatchObject({ 'turn-server': uris, 'turn-secret-file': '/secret' });
  });

  test('takes the first address of STUN from where the server listens', () => {
    expect(
      readConfiguration(['--host', '192.0.2.1', '--stun-alternate-host', '192.0.2.2'], {}),
    ).toMatchObject({
      'stun-alternate-host': [{ address: '192.0.2.2' }],
    });
  });

  test.each([
    [['--port', 'abc'], {}, '--port must be a port number from 0 to 65535'],
    [[], { BYWAY_PORT: '65536' }, 'BYWAY_PORT must be a port number from 0 to 65535'],
    [['--host', 'a b'], {}, '--host must be an IP address or a host name, without port'],
    [
      ['--public-host', 'x.example:80'],
      {},
      '--public-host must be an IP address or a host name, without port',
    ],
    [['--stun-server', 'x.example'], {}, '--stun-server must be host:port, or [IPv6 address]:port'],
    [['--log-level', 'loud'], {}, '--log-level must be debug, info, warn, error or silent'],
    [[], { BYWAY_METRICS: 'maybe' }, 'BYWAY_METRICS must be true or false'],
    [['--trust-proxy'], {}, '--trust-proxy needs --public-host'],
    [['--stun-host', '0.0.0.0'], {}, '--stun-host must be one IP address of this machine'],
    [['--stun-host', '10.0.0.1=x'], {}, '--stun-host must be one IP address of this machine'],
    [['--stun-host', '10.0.0.1=2001:db8::1'], {}, '--stun-host must be one IP address of this machine'],
    [['--stun-host', '10.0.0.1', '--stun-host', '10.0.0.2'], {}, '--stun-host names two IPv4 addresses'],
    [
      ['--stun-alternate-host', '10.0.0.2'],
      {},
      '--stun-alternate-host needs --stun-host, the first of the two addresses: --host :: is not one address',
    ],
    [
      ['--host', '10.0.0.1', '--stun-alternate-host', '2001:db8::2'],
      {},
      '--stun-alternate-host 2001:db8::2 needs an IPv6 address that it is the alternate of',
    ],
    [
      ['--host', '10.0.0.1', '--stun-alternate-host', '10.0.0.1'],
      {},
      '--stun-alternate-host must be another address than the first one',
    ],
    [['--stun-alternate-port', '1'], {}, '--stun-alternate-port needs --stun-alternate-host'],
    [
      [
        '--host',
        '10.0.0.1',
        '--stun-alternate-host',
        '10.0.0.2',
        '--port',
        '9',
        '--stun-alternate-port',
        '9',
      ],
      {},
      '--stun-alternate-port must be another port than the first one',
    ],
    [
      ['--host', '10.0.0.1', '--stun-port', '65535'],
      { BYWAY_STUN_ALTERNATE_HOST: '10.0.0.2' },
      'BYWAY_STUN_ALTERNATE_PORT must be given',
    ],
    [['--turn-server', 'turn.example'], {}, '--turn-server must be turn:host:port'],
    [['--turn-server', 'turn:turn.example'], {}, '--turn-server needs --turn-secret-file'],
    [['--turn-secret-file', '/secret'], {}, '--turn-secret-file needs --turn-server'],
    [['--turn-secret', 'a'], {}, "Unknown option '--turn-secret'"],
    [
      ['--turn-server', 'turn:turn.example', '--turn-secret-file', '/secret'],
      { BYWAY_TURN_SECRET: 'a' },
      '--turn-secret-file and BYWAY_TURN_SECRET are two secrets',
    ],
    [['--unknown'], {}, "Unknown option '--unknown'"],
    [['stray'], {}, "Unexpected argument 'stray'"],
  ])('%j with %j cannot be used, and the reason is named', (argv, environment, message) => {
    expect(() => readConfiguration(argv, environment)).toThrow(message);
  });

  test('all problems are named at once', () => {
    expect(() => readConfiguration(['--port', 'x', '--host', ''], {})).toThrow(
      expect.objectContaining({
        problems: [expect.stringContaining('--host'), expect.stringContaining('--port')],
      }),
    );
  });
});

describe('the program', () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));

  /** Runs it to its end; `onOutput` sees what it wrote so far. */
  async function run(flags: string[], onOutput?: (text: string, child: ReturnType<typeof spawn>) => void) {
    const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      onOutput?.(stdout, child);
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    return { code, stdout, stderr };
  }

  test.each(['SIGTERM', 'SIGINT'] as const)('serves until %s, then closes', async (signal) => {
    let probed: Promise<unknown> | undefined;

    const { code, stdout } = await run(['--host', '127.0.0.1', '--port', '0'], (text, child) => {
      const url = /"url":"ws:\/\/([^"]+)"/.exec(text)?.[1];
      if (!url || probed) return;
      probed = fetch(`http://${url}/metrics`)
        .then((response) => response.text())
        .finally(() => child.kill(signal));
    });

    expect(await probed).toContain('process_cpu_seconds_total');
    expect(code).toBe(0);
    expect(stdout).toContain('"msg":"closed"');
  });

  test('prints its flags when asked', async () => {
    const { code, stdout } = await run(['--help']);

    expect(code).toBe(0);
    expect(stdout).toContain('--public-host');
  });

  test('ends with 2 when called wrongly', async () => {
    const { code, stderr } = await run(['--port', 'x']);

    expect(code).toBe(2);
    expect(stderr).toContain('byway server: --port must be a port number');
  });

  test('ends with 1 and says why when it cannot listen', async () => {
    const { code, stderr } = await run(['--host', '192.0.2.1', '--port', '0']);

    expect(code).toBe(1);
    expect(stderr).toContain('it is not an address of this machine');
  });
});
