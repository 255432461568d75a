/** Everything that the headless host can be told: one schema for the command line, the environment and the file. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { VolunteerSettings } from '../../shared/volunteer.ts';
import { PersonName } from '../../shared/words.ts';
import { parseWindow } from './schedule-text.ts';

/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * A value that comes as text from flags and variables, and in JSON's own form from a file. Whatever is wrong with it, `must` is what a
 * person is told.
 */
function given<T>(must: string, read: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    const known = read(value);
    if (known !== undefined) return known;
    context.addIssue({ code: 'custom', message: must });
    return z.NEVER;
  });
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

/** NaN for what is no number. */
function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
}

const text = (must: string) => given(must, (value) => checked(z.string().min(1), value));

const YES: readonly unknown[] = [true, 'true', '1', 'yes'];
const NO: readonly unknown[] = [false, 'false', '0', 'no'];
const yesOrNo = given('must be true or false', (value) =>
  YES.includes(value) ? true : NO.includes(value) ? false : undefined,
);

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

const port = given('must be a port number from 0 to 65535', (value) => {
  const number = numberOf(value);
  return isPort(number) ? number : undefined;
});

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9])?$/i;

const metrics = given(
  'must be a port, HOST:PORT or [IPv6 address]:PORT',
  (value): MetricsAddress | undefined => {
    const parts = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(String(value));
    if (!parts || !isPort(Number(parts[3]))) return undefined;
    const host = parts[1] ?? parts[2] ?? '127.0.0.1';
    if (parts[1] === undefined ? !HOST_NAME.test(host) : isIP(host) !== 6) return undefined;
    return { host, port: Number(parts[3]) };
  },
);

const { shape } = VolunteerSettings;

const mbitPerS = (value: unknown) => checked(shape.upKbitPerS, Math.round(numberOf(value) * 1_000));

/** A value, or the word that stands for none; a file may say `null` for that. */
function orNone<T>(word: string, read: (value: unknown) => T | undefined) {
  return (value: unknown): T | null | undefined => (value === word || value === null ? null : read(value));
}

function texts(value: unknown): string[] | undefined {
  return checked(z.array(z.string()), typeof value === 'string' ? [value] : value);
}

function windows(value: unknown) {
  const read = texts(value)
    ?.flatMap((one) => one.split(';'))
    .map(parseWindow);
  return checked(shape.schedule, read) ?? undefined;
}

/** Keys are the long flags and the keys of the file; the environment has the same in capitals with BYWAY_ before. */
export const Options = z
  .strictObject({
    data: text('must name a folder'),
    config: text('must name a file'),
    name: given('must be one line of 1 to 64 characters, some of them visible', (value) =>
      checked(PersonName, value),
    ),
    server: given('must be an address that begins with ws:// or wss://', (value) =>
      checked(z.url({ protocol: /^wss?$/ }), value),
    ),
    listen: port,
    'udp-port': port,
    metrics,
    json: yesOrNo,
    'log-level': given('must be debug, info, warn, error or silent', (value) =>
      checked(z.enum(['debug', 'info', 'warn', 'error', 'silent']), value),
    ),
    volunteer: yesOrNo,
    bridges: given('must be a whole number of calls from 1 to 1000', (value) =>
      checked(shape.bridges, numberOf(value)),
    ),
    up: given('must be Mbit/s from 0.1 to 1000', mbitPerS),
    down: given('must be Mbit/s from 0.1 to 1000', mbitPerS),
    'line-up': given('must be Mbit/s from 0.1 to 1000, or unknown', orNone('unknown', mbitPerS)),
    'line-percent': given('must be a whole number of percent from 5 to 100', (value) =>
      checked(shape.linePercent, numberOf(value)),
    ),
    monthly: given(
      'must be gigabytes a month from 1 to 100000, or unlimited',
      orNone('unlimited', (value) => checked(shape.monthlyGB, numberOf(value)) ?? undefined),
    ),
    schedule: given(
      'must be times of the week such as "mon-fri 22:00-06:00", or always',
      orNone('always', windows),
    ),
    idle: given(
      'must be whole minutes from 1 to 240, or off',
      orNone('off', (value) => checked(shape.idleMinutes, numberOf(value)) ?? undefined),
    ),
    'only-on-mains': yesOrNo,
    'only-unmetered': yesOrNo,
    'never-on': given('must be up to 32 names of networks of 1 to 64 characters, or none', (value) =>
      value === 'none' ? [] : checked(shape.neverOn, texts(value)),
    ),
  })
  .partial();
export type Options = z.infer<typeof Options>;
export type OptionName = keyof Options;

export const OPTION_NAMES = Object.keys(Options.shape) as readonly OptionName[];

/** Flags that take no value: there is `--no-NAME` too. */
export const SWITCHES: ReadonlySet<string> = new Set<OptionName>([
  'json',
  'volunteer',
  'only-on-mains',
  'only-unmetered',
]);

/** Flags that may be repeated. */
export const REPEATABLE: ReadonlySet<string> = new Set<OptionName>(['schedule', 'never-on']);

/** What was said of volunteering, in the words of the settings; what was not is absent. */
export function volunteerRules(options: Options): Partial<VolunteerSettings> {
  const rules: Partial<VolunteerSettings> = {
    enabled: options.volunteer,
    bridges: options.bridges,
    upKbitPerS: options.up,
    downKbitPerS: options.down,
    lineUpKbitPerS: options['line-up'],
    linePercent: options['line-percent'],
    monthlyGB: options.monthly,
    schedule: options.schedule,
    idleMinutes: options.idle,
    onlyOnMains: options['only-on-mains'],
    onlyUnmetered: options['only-unmetered'],
    neverOn: options['never-on'],
  } satisfies Record<keyof VolunteerSettings, unknown>;
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
}
