/** What the app was started with. Electron and Chromium have switches of their own on the same line; those pass by. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { PersonName } from '../../shared/words.ts';
import { linkIn } from './links.ts';

export interface StartOptions {
  /** A folder of its own for everything that is stored: two apps on one machine. */
  readonly dataDirectory?: string;
  readonly serverUrl?: string;
  readonly name?: string;
  readonly logLevel: string;
  /** The page offers its measurements to tests. */
  readonly instrument: boolean;
  /** A `byway:` link the app was opened with. */
  readonly link?: string;
}

const Flags = z.object({
  data: z.string().min(1).optional(),
  server: z.url({ protocol: /^wss?$/ }).optional(),
  name: PersonName.optional(),
  'log-level': z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('error'),
  instrument: z.boolean().default(false),
});

const OPTIONS = {
  data: { type: 'string' },
  server: { type: 'string' },
  name: { type: 'string' },
  'log-level': { type: 'string' },
  instrument: { type: 'boolean' },
} as const;

/** @throws Error whose message names the flags that cannot be used */
export function readCommandLine(argv: readonly string[]): StartOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
  });
  const flags = Flags.safeParse(values);
  if (!flags.success) {
    const names = flags.error.issues.map(({ path }) => `--${String(path[0])}`);
    throw new Error(`These flags cannot be used as they are: ${names.join(', ')}.`);
  }
  const { data, server, name, instrument } = flags.data;
  return {
    dataDirectory: data === undefined ? undefined : resolve(data),
    serverUrl: server,
    name,
    logLevel: flags.data['log-level'],
    instrument,
    link: linkIn(argv),
  };
}
