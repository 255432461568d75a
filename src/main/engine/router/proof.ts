/**
 * Proving a mapping: a STUN server is asked to answer to it (RFC 5780 §7.5 RESPONSE-PORT). The socket behind the mapping never sent anything
 * to that server, so nothing but the mapping lets the answer in.
 */
import type { TransportAddress } from '../../../shared/words.ts';
import type { DatagramSocket, Outside } from '../outside/index.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import type { AnsweredServer } from '../stun/discovery.ts';
import { encodeStun, METHOD_BINDING } from '../stun/message.ts';
import type { Transactions } from '../stun/transactions.ts';
import { MAX_PROVING_SERVERS, PROOF_PAUSES_MS } from './constants.ts';

export interface ProofOptions {
  readonly outside: Outside;
  readonly transactions: Transactions;
  /** Sends from the calls' own socket. */
  readonly ask: (datagram: Buffer, port: number, address: string) => void;
  /** The servers that answered that socket, nearest first. */
  readonly servers: () => readonly AnsweredServer[];
  /** The socket behind the mapping. */
  readonly door: () => DatagramSocket | undefined;
}

/**
 * Whether a datagram comes in through the mapping; undefined when no server can tell, or the signal fires: it takes one that sees us at the
 * mapping's address, for RESPONSE-PORT changes the port alone.
 */
export async function proveMapping(
  options: ProofOptions,
  external: TransportAddress,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const servers = options.servers().filter(({ mapped }) => mapped.address === external.address);
  for (const server of servers.slice(0, MAX_PROVING_SERVERS)) {
    const where = await askForAnswer(options, server, external.port, signal);
    if (signal.aborted) return undefined;
    if (where === 'door') return true;
    // Refused, or answered as if nothing had been asked for: it does not know RESPONSE-PORT.
    if (where !== 'nowhere') continue;
    // A server that is silent must not speak against the router. To the port that it sees, which is open for it, it must answer.
    if ((await askForAnswer(options, server, server.mapped.port, signal)) === 'asker') return false;
  }
  return undefined;
}

/** Where the server's answer came in: at the mapping's socket, at the one that asked, or not at all. */
function askForAnswer(
  { outside, transactions, ask, door }: ProofOptions,
  server: AnsweredServer,
  port: number,
  signal: AbortSignal,
): Promise<'door' | 'asker' | 'nowhere'> {
  if (signal.aborted) return Promise.resolve('nowhere');
  const transactionId = outside.random.bytes(TRANSACTION_ID_BYTES);
  const request = encodeStun(
    {
      method: METHOD_BINDING,
      class: 'request',
      transactionId,
      attributes: [{ name: 'response-port', port }],
    },
    { fingerprint: true },
  );
  return new Promise((resolve) => {
    const settle = (where: 'door' | 'asker' | 'nowhere'): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(where);
    };
    const transaction = transactions.start({
      transactionId,
      pausesMs: PROOF_PAUSES_MS,
      send: () => ask(request, server.port, server.address),
      onResponse: (_response, _datagram, { socket, address, port: fromPort }) => {
        if (address !== server.address || fromPort !== server.port) return false;
        settle(socket === door() ? 'door' : 'asker');
        return true;
      },
      onTimeout: () => settle('nowhere'),
    });
    const giveUp = (): void => {
      transaction.stop();
      settle('nowhere');
    };
    signal.addEventListener('abort', giveUp);
  });
}
