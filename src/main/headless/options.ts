/** How the headless host is told what to do. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { PersonName } from '../../shared/words.ts';
import { UsageError } from './errors.ts';

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((number) => number <= 65_535, 'must be at most 65535');

const Flags = z.object({
  data: z.string().min(1, 'must name a folder').optional(),
  // One sentence for whatever is wrong with it; the pattern itself would tell a person nothing.
  name: z
    .string()
    .refine(
      (name) => PersonName.safeParse(name).success,
      'must be one line of 1 to 64 characters, some of them visible',
    )
    .pipe(PersonName)
    .optional(),
  server: z
    .url({ protocol: /^wss?$/, error: 'must be an address that begins with ws:// or wss://' })
    .optional(),
  listen: port.default(0),
  'udp-port': port.default(0),
  volunteer: z.boolean().default(false),
  json: z.boolean().default(false),
  'log-level': z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent')
    .default('error'),
});

export interface HeadlessOptions {
  readonly dataDirectory: string;
  readonly name?: string;
  readonly serverUrl?: string;
  /** TCP port of the interface on 127.0.0.1; 0 lets the system choose. */
  readonly listenPort: number;
  readonly udpPort: number;
  /** Carry other people's calls, until the interface says otherwise. */
  readonly volunteer: boolean;
  readonly json: boolean;
  readonly logLevel: z.infer<typeof Flags>['log-level'];
}

export const USAGE = `Usage: npm run node -- [flags]

Runs Byway without a window and serves its interface to browsers on this machine.

  --data DIR         where identity, contacts and settings are kept
  --name NAME        the name others see; else the interface asks for it
  --server URL       rendezvous server, ws://host:port or wss://host:port;
                     else the one in the settings, else one of its own
  --listen PORT      TCP port of the interface on 127.0.0.1 (any free one)
  --udp-port PORT    UDP port of calls (any free one)
  --volunteer        carry calls of people who cannot reach each other
  --json             print machine-readable lines
  --log-level LEVEL  debug info warn error silent (error)
  --help             print this

The address it prints lets one browser in. Press Enter, or send SIGUSR1, for another one. Ctrl+C stops it.
`;

const OPTIONS = {
  data: { type: 'string' },
  name: { type: 'string' },
  server: { type: 'string' },
  listen: { type: 'string' },
  'udp-port': { type: 'string' },
  volunteer: { type: 'boolean' },
  json: { type: 'boolean' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Where the operating system wants an application's data. */
export function defaultDataDirectory(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  if (platform === 'win32')
    return join(env.APPDATA ?? join(homedir(), 'AppData/Roaming'), 'Byway', 'headless');
  if (platform === 'darwin') return join(homedir(), 'Library/Application Support/Byway/headless');
  // XDG Base Directory Specification: a relative path is invalid and ignored.
  const base = env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(homedir(), '.local/share');
  return join(base, 'byway');
}

/**
 * Reads the command line, or `help` when that was asked for.
 *
 * @throws UsageError naming every flag that cannot be used
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): HeadlessOptions | 'help' {
  const flags = parse(argv);
  if (flags.help === true) return 'help';
  const checked = Flags.safeParse(flags);
  if (!checked.success) {
    throw new UsageError(checked.error.issues.map(({ path, message }) => `--${String(path[0])} ${message}`));
  }
  const { data, name, server, listen, volunteer, json } = checked.data;
  return {
    dataDirectory: data === undefined ? defaultDataDirectory(env) : resolve(data),
    name,
    serverUrl: server,
    listenPort: listen,
    udpPort: checked.data['udp-port'],
    volunteer,
    json,
    logLevel: checked.data['log-level'],
  };
}

function parse(argv: readonly string[]): Record<string, string | boolean | undefined> {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError([error instanceof Error ? error.message : String(error)]);
  }
}
