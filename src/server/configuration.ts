/** How the server's program is told what to do: flags first, then environment, then defaults; one schema for all. */
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { MAX_TURN_SERVERS } from '../shared/rendezvous.ts';
import { parseTurnUri } from '../shared/turn-uri.ts';
import { DEFAULT_PORT } from './constants.ts';
import { ConfigurationError, StunAddressError } from './errors.ts';
import { pairStunAddresses, parseStunAddress } from './stun/addresses.ts';

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

const stunAddress = z.string().transform((text, context) => {
  const address = parseStunAddress(text);
  if (address) return address;
  const message =
    'must be one IP address of this machine, or ADDRESS=PUBLIC behind a NAT that maps one to one';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const turnServer = z
  .string()
  .refine(
    (text) => parseTurnUri(text) !== null,
    'must be turn:host:port?transport=udp or tcp, or turns:host:port',
  );

/** Keys are the long flags; the environment has the same in capitals with BYWAY_ before. */
const Configuration = z
  .object({
    host: host.default('::'),
    port: portText(0).default(DEFAULT_PORT),
    'stun-port': portText(0).optional(),
    'stun-host': z.array(stunAddress).optional(),
    'stun-alternate-host': z.array(stunAddress).optional(),
    'stun-alternate-port': portText(0).optional(),
    relay: z.enum(['all', 'udp', 'wss', 'none'], 'must be all, udp, wss or none').default('all'),
    'relay-port': portText(0).optional(),
    'public-host': host.optional(),
    'stun-server': z.array(stunServer).min(1).max(16).optional(),
    'turn-server': z.array(turnServer).min(1).max(MAX_TURN_SERVERS).optional(),
    'turn-secret-file': z.string().min(1).optional(),
    /** From the environment alone: others can read a command line. */
    'turn-secret': z.string().min(1).optional(),
    'trust-proxy': flag.default(false),
    'one-machine': flag.default(false),
    metrics: flag.default(true),
    'log-level': z
      .enum(['debug', 'info', 'warn', 'error', 'silent'], 'must be debug, info, warn, error or silent')
      .default('info'),
  })
  .refine((value) => !value['trust-proxy'] || value['public-host'] !== undefined, {
    path: ['trust-proxy'],
    message: 'needs --public-host, the name that clients dial at the proxy',
  })
  .superRefine((value, context) => {
    checkStunPair(value, context);
    checkTurn(value, context);
  });
export type Configuration = z.infer<typeof Configuration>;

/** What the STUN flags say together. */
function checkStunPair(
  value: Pick<
    Configuration,
    'host' | 'port' | 'stun-port' | 'stun-host' | 'stun-alternate-host' | 'stun-alternate-port'
  >,
  context: z.RefinementCtx,
): void {
  const refuse = (flag: keyof Configuration, message: string) =>
    context.addIssue({ code: 'custom', path: [flag], message });
  const alternates = value['stun-alternate-host'] ?? [];
  try {
    pairStunAddresses(value.host, value['stun-host'] ?? [], alternates);
  } catch (error) {
    if (!(error instanceof StunAddressError)) throw error;
    refuse(error.flag, error.problem);
  }
  const port = value['stun-port'] ?? value.port;
  const alternatePort = value['stun-alternate-port'];
  if (alternatePort !== undefined && alternates.length === 0) {
    refuse(
      'stun-alternate-port',
      'needs --stun-alternate-host, the second address that RFC 5780 wants with it',
    );
  } else if (alternatePort === port && port !== 0) {
    refuse('stun-alternate-port', 'must be another port than the first one');
  } else if (alternates.length > 0 && alternatePort === undefined && port === 65_535) {
    refuse('stun-alternate-port', 'must be given: there is no port after 65535');
  }
}

/** TURN servers are of no use without the secret that they make credentials of, and the other way round. */
function checkTurn(
  value: Pick<Configuration, 'turn-server' | 'turn-secret' | 'turn-secret-file'>,
  context: z.RefinementCtx,
): void {
  const secrets = (['turn-secret', 'turn-secret-file'] as const).filter((name) => value[name] !== undefined);
  const refuse = (flag: keyof Configuration, message: string) =>
    context.addIssue({ code: 'custom', path: [flag], message });
  if (value['turn-server'] && secrets.length === 0) {
    refuse('turn-server', 'needs --turn-secret-file, or BYWAY_TURN_SECRET in the environment');
  }
  if (secrets.length > 1) refuse('turn-secret-file', 'and BYWAY_TURN_SECRET are two secrets; give one');
  const [secret] = secrets;
  if (!value['turn-server'] && secret) refuse(secret, 'needs --turn-server, the servers that it is for');
}

/** Flags that may be repeated; in the environment their values stand between commas. */
const REPEATABLE: ReadonlySet<string> = new Set([
  'stun-server',
  'stun-host',
  'stun-alternate-host',
  'turn-server',
]);

const OPTIONS = {
  host: { type: 'string' },
  port: { type: 'string' },
  'stun-port': { type: 'string' },
  'stun-host': { type: 'string', multiple: true },
  'stun-alternate-host': { type: 'string', multiple: true },
  'stun-alternate-port': { type: 'string' },
  relay: { type: 'string' },
  'relay-port': { type: 'string' },
  'public-host': { type: 'string' },
  'stun-server': { type: 'string', multiple: true },
  'turn-server': { type: 'string', multiple: true },
  'turn-secret-file': { type: 'string' },
  'trust-proxy': { type: 'boolean' },
  'one-machine': { type: 'boolean' },
  metrics: { type: 'boolean' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const USAGE = `Usage: npm run server -- [flags]

Runs a Byway rendezvous server: signalling over WebSocket, and STUN over UDP.

  --host ADDRESS        address to listen on               BYWAY_HOST          (::, which is all)
  --port N              TCP port                           BYWAY_PORT          (${DEFAULT_PORT})
  --stun-port N         UDP port of STUN                   BYWAY_STUN_PORT     (as --port)
  --stun-host A         address of STUN, once a family;    BYWAY_STUN_HOST     (as --host)
                        A=PUBLIC behind a 1:1 NAT
  --stun-alternate-host A                                  BYWAY_STUN_ALTERNATE_HOST
                        second address of this machine:
                        clients can then learn how their
                        NATs behave (RFC 5780)
  --stun-alternate-port N                                  BYWAY_STUN_ALTERNATE_PORT
                        second port that goes with it      (STUN's port plus one)
  --relay all|udp|wss   carry calls that find no other way,   BYWAY_RELAY         (all)
          |none         over UDP, WebSocket, both, or never
  --relay-port N        UDP port of the relay              BYWAY_RELAY_PORT    (any free one)
  --public-host NAME    name or address clients dial,      BYWAY_PUBLIC_HOST
                        where this machine has another
  --stun-server H:P     tell clients of this STUN server   BYWAY_STUN_SERVER   (this server's own)
                        instead; may be repeated           separated by commas
  --turn-server URI     a TURN server for calls that even   BYWAY_TURN_SERVER
                        the relay does not reach:          separated by commas
                        turn:H:P?transport=udp or tcp, or
                        turns:H:P; may be repeated
  --turn-secret-file F  file with the secret of those TURN BYWAY_TURN_SECRET_FILE
                        servers (use-auth-secret);         or the secret itself in
                                                           BYWAY_TURN_SECRET
  --trust-proxy         take clients' addresses from       BYWAY_TRUST_PROXY   (false)
                        X-Forwarded-For
  --one-machine         callers and volunteers are all on    BYWAY_ONE_MACHINE   (false)
                        this machine: for demonstrations
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
    else raw[name] = REPEATABLE.has(name) ? fromEnvironment?.split(',') : fromEnvironment;
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
