/** How the headless host is told what to do: flags first, then the environment, then a file, then what is stored. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { VolunteerSettings } from '../../shared/volunteer.ts';
import { UsageError } from './errors.ts';
import { type MetricsAddress, type OptionName, Options, volunteerRules } from './option-schema.ts';
import {
  type Command,
  readCommandLine,
  readConfigurationFile,
  readEnvironment,
  type Source,
} from './option-sources.ts';

export interface HeadlessOptions {
  readonly command: Command;
  readonly dataDirectory: string;
  readonly name?: string;
  readonly serverUrl?: string;
  /** TCP port of the interface on 127.0.0.1; 0 lets the system choose. */
  readonly listenPort: number;
  readonly udpPort: number;
  /** Absent where nobody asked for them. */
  readonly metrics?: MetricsAddress;
  /** Rules of volunteering that count for this run. */
  readonly volunteer: Partial<VolunteerSettings>;
  readonly json: boolean;
  readonly logLevel: NonNullable<Options['log-level']>;
}

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
 * What is to be done, or `help` when that was asked for.
 *
 * @throws UsageError with one line for every flag, variable or key that cannot be used
 */
export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): HeadlessOptions | 'help' {
  const commandLine = readCommandLine(argv);
  if (commandLine.help) return 'help';
  const sources: Source[] = [commandLine, readEnvironment(env)];
  const naming = sources.find(({ values }) => values.config !== undefined);
  if (naming) sources.push(readConfigurationFile(String(naming.values.config), naming.place('config')));

  const read = sources.map(readSource);
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) throw new UsageError(problems);
  const all: Options = Object.assign({}, ...read.map(({ options }) => options).reverse());
  return {
    command: commandLine.command,
    dataDirectory: all.data ?? defaultDataDirectory(env),
    name: all.name,
    serverUrl: all.server,
    listenPort: all.listen ?? 0,
    udpPort: all['udp-port'] ?? 0,
    metrics: all.metrics,
    volunteer: volunteerRules(all),
    json: all.json ?? false,
    logLevel: all['log-level'] ?? 'error',
  };
}

/** All of a source is checked, also what another one overrides: it would be found wrong at a worse time. */
function readSource({ values, place, directory }: Source): { options: Options; problems: string[] } {
  const parsed = Options.safeParse(values);
  if (parsed.success) {
    const { data } = parsed.data;
    return {
      options: data === undefined ? parsed.data : { ...parsed.data, data: resolve(directory, data) },
      problems: [],
    };
  }
  const problems = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${place(key)} is nothing that Byway knows.`)
      : [`${place(issue.path[0] as OptionName)} ${issue.message}.`],
  );
  return { options: {}, problems };
}
