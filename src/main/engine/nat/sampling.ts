/** What port would a mapping made this moment get? Asked at call time, for predicting the next ones. */
import type { Logger } from 'pino';
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, Outside } from '../outside/index.ts';
import { ask } from './ask.ts';
import { SAMPLE_PAUSES_MS } from './constants.ts';
import { FreshSocket } from './fresh-socket.ts';

export interface SampleOptions {
  readonly outside: Outside;
  readonly family: AddressFamily;
  readonly server: TransportAddress;
  /** What to bind, when not every address. */
  readonly bindAddress?: string;
  readonly signal?: AbortSignal;
  readonly logger: Logger;
}

/** The public address of a socket made for this, or null: no socket, no answer in 1 s, or the signal. */
export async function sampleMapping(options: SampleOptions): Promise<TransportAddress | null> {
  const { outside, family, server, bindAddress, signal, logger } = options;
  if (signal?.aborted) return null;
  let socket: FreshSocket;
  try {
    socket = await FreshSocket.open(outside, family, bindAddress);
  } catch (error) {
    logger.info({ err: error, family }, 'no socket for a sample of the next port');
    return null;
  }
  const close = () => socket.close();
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) close();
  const answer = await ask(outside, socket, { to: server, pausesMs: SAMPLE_PAUSES_MS });
  signal?.removeEventListener('abort', close);
  close();
  return answer.kind === 'answered' ? answer.mapped : null;
}
