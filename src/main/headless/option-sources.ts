/** The three places that options come from, each read into names and values that nobody has checked yet. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { MAX_CONFIGURATION_BYTES } from './constants.ts';
import { UsageError } from './errors.ts';
import { OPTION_NAMES, REPEATABLE, SWITCHES } from './option-schema.ts';

export const COMMANDS = ['run', 'status', 'address', 'drain'] as const;
export type Command = (typeof COMMANDS)[number];

export interface Source {
  readonly values: Readonly<Record<string, unknown>>;
  /** How a person finds the place of an option: `--up`, `BYWAY_UP`, `/etc/byway.json: "up"`. */
  place(name: string): string;
  /** Relative folders are meant from here. */
  readonly directory: string;
}

export interface CommandLine extends Source {
  readonly command: Command;
  readonly help: boolean;
}

const FLAGS = Object.fromEntries([
  ...OPTION_NAMES.map((name) => [name, { type: SWITCHES.has(name) ? 'boolean' : 'string' } as const]),
  ['help', { type: 'boolean', short: 'h' } as const],
]);

/** @throws UsageError naming every word that means nothing here */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { tokens } = parseArgs({
    args: [...argv],
    options: FLAGS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const commands: string[] = [];
  let help = false;
  for (const token of tokens) {
    if (token.kind === 'positional') commands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const positive = name.startsWith('no-') ? name.slice(3) : name;
    if (name === 'help') help = true;
    else if (SWITCHES.has(positive)) {
      if (value === undefined) values[positive] = positive === name;
      else problems.push(`${rawName} takes no value.`);
    } else if (!Object.hasOwn(FLAGS, name)) problems.push(`${rawName} is no flag of Byway's.`);
    else if (value === undefined || (inlineValue !== true && value.startsWith('-')))
      problems.push(`${rawName} needs a value.`);
    else if (REPEATABLE.has(name)) values[name] = [...((values[name] as string[]) ?? []), value];
    else values[name] = value;
  }
  // The words for none stand alone.
  for (const name of REPEATABLE) {
    const said = values[name];
    if (Array.isArray(said) && said.length === 1) values[name] = said[0];
  }
  const [command = 'run', ...more] = commands;
  const known = COMMANDS.find((one) => one === command);
  if (known === undefined)
    problems.push(`"${command}" is neither a flag nor a command: ${COMMANDS.join(', ')}.`);
  for (const word of more) problems.push(`"${word}" is one word too many.`);
  if (problems.length > 0 && !help) throw new UsageError(problems);
  return { values, command: known ?? 'run', help, place: (name) => `--${name}`, directory: process.cwd() };
}

export function variableOf(name: string): string {
  return `BYWAY_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** An empty variable counts as none. Names of networks stand between commas. */
export function readEnvironment(env: NodeJS.ProcessEnv): Source {
  const values: Record<string, unknown> = {};
  for (const name of OPTION_NAMES) {
    const value = env[variableOf(name)];
    if (value) values[name] = name === 'never-on' && value !== 'none' ? value.split(',') : value;
  }
  return { values, place: variableOf, directory: process.cwd() };
}

/**
 * @param place where the file was named
 * @throws UsageError when it cannot be read, or is no JSON object
 */
export function readConfigurationFile(file: string, place: string): Source {
  const path = resolve(file);
  let content: string;
  try {
    const { size } = regularFile(path);
    if (size > MAX_CONFIGURATION_BYTES)
      throw new Error(`it is larger than ${MAX_CONFIGURATION_BYTES / 1_024} KiB`);
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError([`${place}: ${path} cannot be read: ${reasonOf(error)}.`]);
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new UsageError([`${path} is no JSON: ${reasonOf(error)}.`]);
  }
  const values = z.record(z.string(), z.unknown()).safeParse(value);
  if (!values.success) throw new UsageError([`${path} must hold one JSON object, such as {"up": 20}.`]);
  if ('config' in values.data) throw new UsageError([`${path}: "config" cannot name another file.`]);
  return { values: values.data, place: (name) => `${path}: "${name}"`, directory: dirname(path) };
}

/** Anything else might never end. */
function regularFile(path: string) {
  const found = statSync(path);
  if (!found.isFile()) throw new Error('it is no file');
  return found;
}

/** In one line, without the path that the sentence names already. */
function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return reason.replace(/, \w+ '.*'$/s, '').replaceAll(/\s+/g, ' ');
}
