/** What `status`, `address` and `drain` say to the Byway that runs in a data folder: one line of JSON there, one back. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { ServerState } from '../../shared/app.ts';
import { VolunteerSettings, VolunteerState } from '../../shared/volunteer.ts';

export const ControlRequest = z.strictObject({ command: z.enum(['status', 'address', 'drain']) });
export type ControlRequest = z.infer<typeof ControlRequest>;

export const StatusReport = z.object({
  version: z.string(),
  pid: z.number().int(),
  /** Ms since 1970. */
  startedMs: z.number(),
  server: ServerState,
  /** How far the server's clock is ahead of ours, ms; null while it is not connected. */
  clockOffsetMs: z.number().nullable(),
  /** The rules that count in this run. */
  rules: VolunteerSettings,
  volunteer: VolunteerState,
});
export type StatusReport = z.infer<typeof StatusReport>;

export const Drained = z.object({
  pid: z.number().int(),
  /** Calls of others that were carried when it began. */
  bridges: z.number().int(),
  /** Those that had not moved when their time was over. */
  remaining: z.number().int(),
  tookMs: z.number(),
});
export type Drained = z.infer<typeof Drained>;

export const ControlReply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), status: StatusReport }),
  /** Lets one browser in, once. */
  z.object({ type: z.literal('address'), address: z.url() }),
  z.object({ type: z.literal('drained'), drained: Drained }),
  z.object({ type: z.literal('refused'), problem: z.string().max(512) }),
]);
export type ControlReply = z.infer<typeof ControlReply>;

/** A Unix socket in the folder, or a named pipe on Windows, which has no sockets in folders. */
export function controlAddress(dataDirectory: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return join(dataDirectory, 'control.sock');
  // Paths there are the same in either case.
  const name = createHash('sha256').update(resolve(dataDirectory).toLowerCase()).digest('hex').slice(0, 32);
  return `\\\\.\\pipe\\byway-${name}`;
}

/**
 * The first line that comes.
 *
 * @throws when the other side ends first, says more than `maxBytes`, or takes longer than `limitMs`
 */
export function readLine(socket: Socket, maxBytes: number, limitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (settle: () => void) => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', onError);
      settle();
    };
    const fail = (why: string) => done(() => reject(new Error(why)));
    const onEnd = () => fail('the other side ended the connection');
    const onError = (error: Error) => fail(error.message);
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf('\n');
      size += end < 0 ? chunk.length : end;
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      if (size > maxBytes) fail(`more than ${maxBytes} bytes came`);
      else if (end >= 0) done(() => resolve(Buffer.concat(chunks).toString('utf8')));
    };
    const timer = setTimeout(() => fail(`nothing came within ${limitMs / 1_000} s`), limitMs);
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', onError);
  });
}

/** undefined for what is no JSON. */
export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
