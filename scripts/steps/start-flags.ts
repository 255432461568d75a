/** What a person may type after `npm start --`, and which of it goes where. */
import { parseArgs } from 'node:util';
import { readCommandLine } from '../../src/main/desktop/command-line.ts';
import { isLink } from '../../src/main/desktop/links.ts';
import { UsageError } from '../../src/main/headless/errors.ts';
import { readOptions } from '../../src/main/headless/options.ts';

export const START_USAGE = `Usage: npm start -- [flags]

Opens Byway in a window. Without a display it serves the same interface on this machine and prints its address.

  --data DIR         where identity, contacts and settings are kept; another folder is another user
  --name NAME        the name others see; else the interface asks for it
  --server URL       rendezvous server, ws://host:port or wss://host:port;
                     else the one in the settings, else one of its own
  --log-level LEVEL  debug info warn error silent (error)
  --headless         no window, even where there is a display
  --help             print this

Without a window also:

  --listen PORT      TCP port of the interface on 127.0.0.1 (any free one)
  --udp-port PORT    UDP port of calls (any free one)
  --json             print machine-readable lines

With a window, Chromium's own switches pass (--enable-logging, --lang=de); after a lone -- whatever stands there does.
`;

export interface StartFlags {
  /** No window was asked for. */
  readonly headless: boolean;
  /** For Electron: our flags, a link, and the switches that are Chromium's. */
  readonly window: readonly string[];
  /** For the headless host. */
  readonly noWindow: readonly string[];
}

export type ReadFlags = StartFlags | 'help' | { readonly problems: readonly string[] };

const OPTIONS = {
  data: { type: 'string' },
  name: { type: 'string' },
  server: { type: 'string' },
  'log-level': { type: 'string' },
  headless: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  instrument: { type: 'boolean' },
  listen: { type: 'string' },
  'udp-port': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const isOurs = (name: string): name is keyof typeof OPTIONS => Object.hasOwn(OPTIONS, name);

const ONLY_WINDOW: readonly string[] = ['instrument'];
const ONLY_HEADLESS: readonly string[] = ['listen', 'udp-port', 'json'];

/** Chromium, Electron and Node know thousands of switches and list them nowhere; nearly all begin with one of these. */
const CHROMIUM =
  /^(allow|auto|autoplay|block|client|default|disable|dns|do-not|enable|fake|force|gpu|gtk|high-dpi|host|ignore|in-process|incognito|inspect|js-flags|kiosk|lang|log-file|log-net-log|max|no|origin|ozone|password-store|proxy|remote|renderer|require|single-process|ssl|touch|trace|unsafely|use|user-agent|user-data-dir|v|vmodule|webrtc)(-|$)/;

/** Sorts what was typed. `canOpenWindow` says which of the two programs is to run unless `--headless` is there. */
export function readStartFlags(argv: readonly string[], canOpenWindow: boolean): ReadFlags {
  const { tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = tokens.filter((token) => token.kind === 'option');
  if (options.some(({ name }) => name === 'help')) return 'help';
  const headless = options.some(({ name }) => name === 'headless');
  const withWindow = canOpenWindow && !headless;

  const window: string[] = [];
  const noWindow: string[] = [];
  const problems: string[] = [];
  let passAll = false;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') {
      passAll = true;
    } else if (token.kind === 'positional') {
      if (passAll || isLink(token.value)) window.push(token.value);
      else problems.push(`"${token.value}" is neither a flag nor a byway:// link.`);
    } else if (isOurs(token.name)) {
      const problem = problemOf(token, withWindow);
      if (problem !== undefined) problems.push(problem);
      if (token.name === 'headless') continue;
      const typed = token.value === undefined ? [token.rawName] : [`${token.rawName}=${token.value}`];
      if (!ONLY_HEADLESS.includes(token.name)) window.push(...typed);
      if (!ONLY_WINDOW.includes(token.name)) noWindow.push(...typed);
    } else if (token.rawName.startsWith('--') && CHROMIUM.test(token.name)) {
      window.push(token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`);
    } else {
      problems.push(`${token.rawName} is no flag of Byway's.`);
    }
  }
  if (problems.length === 0) problems.push(...problemsOfValues(withWindow ? window : noWindow, withWindow));
  return problems.length === 0 ? { headless, window, noWindow } : { problems };
}

interface OptionToken {
  readonly name: keyof typeof OPTIONS | string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function problemOf(
  { name, rawName, value, inlineValue }: OptionToken,
  withWindow: boolean,
): string | undefined {
  if (!isOurs(name)) return undefined;
  const missing = value === undefined || (inlineValue !== true && value.startsWith('-'));
  if (OPTIONS[name].type === 'string' && missing) return `${rawName} needs a value.`;
  if (OPTIONS[name].type === 'boolean' && value !== undefined) return `${rawName} takes no value.`;
  if (withWindow && ONLY_HEADLESS.includes(name)) {
    return `${rawName} is for Byway without a window: add --headless, or leave it out.`;
  }
  return undefined;
}

/** What the program that is to run would say about the values, before it is started. */
function problemsOfValues(args: readonly string[], withWindow: boolean): readonly string[] {
  try {
    if (withWindow) readCommandLine(args);
    else readOptions(args, process.env);
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.problems;
    return [error instanceof Error ? error.message : String(error)];
  }
}
