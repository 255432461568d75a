/** How the server's program is told what to do: flags first, then environment, then defaults; one schema for all. */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { DEFAULT_PORT } from './constants.ts';
import { ConfigurationError } from './errors.ts';

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i;

function isHost(text: string): boolean {
  return isIP(text) !== 0 || HOST_NAME.test(text);
}

function portText(lowest: number) {
  const message = `must be a port number from ${lowest} to 65535`;
  return z
    .string()
    .regex(/^\d{1,5}$/, message)
    .transform(Number)
    .refine((port) => port >= lowest && port <= 65_535, message);
}

const host = z.string().refine(isHost, 'must be an IP address or a host name, without port');

const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'], 'must be true or false')
  .transform((text) => text === 'true' || text === '1' || text === 'yes');

const stunServer = z.string().transform((text, context) => {
  const parts = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const name = parts?.[1] ?? parts?.[2] ?? '';
  const port = Number(parts?.[3]);
  if (!isHost(name) || port < 1 || port > 65_535) {
    context.addIssue({ code: 'custom', message: 'must be host:port, or [IPv6 address]:port' });
    return z.NEVER;
  }
  return { host: name, port };
});

/** Keys are the long flags; the environment has the same in capitals with BYWAY_ before. */
const Configuration = z
  .object({
    host: host.default('::'),
    port: portText(0).default(DEFAULT_PORT),
    'stun-port': portText(0).optional(),
    'public-host': host.optional(),
    'stun-server': z.array(stunServer).min(1).max(16).optional(),
    'trust-proxy': flag.default(false),
    metrics: flag.default(true),
    'log-level': z
      .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent')
      .default('info'),
  })
  .refine((value) => !value['trust-proxy'] || value['public-host'] !== undefined, {
    path: ['trust-proxy'],
    message: 'needs --public-host, the name that clients dial at the proxy',
  });
export type Configuration = z.infer<typeof Configuration>;

const OPTIONS = {
  host: { type: 'string' },
  port: { type: 'string' },
  'stun-port': { type: 'string' },
  'public-host': { type: 'string' },
  'stun-server': { type: 'string', multiple: true },
  'trust-proxy': { type: 'boolean' },
  metrics: { type: 'boolean' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const USAGE = `Usage: npm run server -- [flags]

Runs a Byway rendezvous server: signalling over WebSocket, and STUN over UDP.

  --host ADDRESS        address to listen on               BYWAY_HOST          (::, which is all)
  --port N              TCP port                           BYWAY_PORT          (${DEFAULT_PORT})
  --stun-port N         UDP port of STUN                   BYWAY_STUN_PORT     (as --port)
  --public-host NAME    name or address clients dial,      BYWAY_PUBLIC_HOST
                        where this machine has another
  --stun-server H:P     tell clients of this STUN server   BYWAY_STUN_SERVER   (this server's own)
                        instead; may be repeated           separated by commas
  --trust-proxy         take clients' addresses from       BYWAY_TRUST_PROXY   (false)
                        X-Forwarded-For
  --metrics             serve GET /metrics; --no-metrics   BYWAY_METRICS       (true)
                        turns it off
  --log-level LEVEL     debug info warn error silent       BYWAY_LOG_LEVEL     (info)
  --help                print this

Also served on the TCP port: GET /health, GET /byway.
`;

/**
 * The configuration, or `help` when that was asked for. An empty variable counts as none.
 *
 * @throws ConfigurationError naming every flag or variable that cannot be used
 */
export function readConfiguration(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Configuration | 'help' {
  const flags = readFlags(argv);
  if (flags.help) return 'help';
  const raw: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  for (const name of Object.keys(Configuration.shape)) {
    const variable = `BYWAY_${name.toUpperCase().replaceAll('-', '_')}`;
    const fromFlag = flags[name];
    const fromEnvironment = environment[variable] || undefined;
    sources[name] = fromFlag === undefined ? variable : `--${name}`;
    if (fromFlag !== undefined) raw[name] = typeof fromFlag === 'boolean' ? String(fromFlag) : fromFlag;
    else raw[name] = name === 'stun-server' ? fromEnvironment?.split(',') : fromEnvironment;
  }
  const parsed = Configuration.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(
    parsed.error.issues.map(
      ({ path, message }) => `${sources[String(path[0])] ?? path.join('.')} ${message}`,
    ),
  );
}

function readFlags(argv: readonly string[]): Record<string, string | boolean | string[] | undefined> {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowNegative: true, strict: true }).values;
  } catch (error) {
    throw new ConfigurationError([error instanceof Error ? error.message : String(error)]);
  }
}
