/** Proving a mapping: a STUN server with RFC 5780 is asked to answer to it, from an address that we never sent anything to. */
import type { TransportAddress } from '../../../shared/words.ts';
import type { AddressFamily, Outside } from '../outside/index.ts';
import { TRANSACTION_ID_BYTES } from '../stun/constants.ts';
import type { AnsweredServer } from '../stun/discovery.ts';
import { encodeStun, METHOD_BINDING, type StunAttribute } from '../stun/message.ts';
import type { Transactions } from '../stun/transactions.ts';
import { PROOF_PAUSES_MS } from './constants.ts';

export interface ProofOptions {
  readonly outside: Outside;
  readonly transactions: Transactions;
  /** Sends from the calls' own socket of the family. False when there is none. */
  readonly send: (family: AddressFamily, datagram: Buffer, port: number, address: string) => boolean;
  /** The servers that answered, nearest first. */
  readonly servers: (family: AddressFamily) => readonly AnsweredServer[];
}

/**
 * Whether a datagram comes in through the mapping; undefined when no server can tell: it takes one that sees us at the mapping's address, for
 * RESPONSE-PORT changes the port alone (RFC 5780 §7.5).
 */
export async function proveMapping(
  options: ProofOptions,
  family: AddressFamily,
  external: TransportAddress,
): Promise<boolean | undefined> {
  const server = options
    .servers(family)
    .find(({ other, mapped }) => other && mapped.address === external.address);
  if (!server?.other) return undefined;
  const { other, mapped } = server;
  // A server that ignores RESPONSE-PORT, or has not the other address it claims, must not speak against the router. The port it sees is
  // open for it, so what it says there proves that it answers where it is asked to.
  const obeys = await ask(options, family, server, server, [{ name: 'response-port', port: mapped.port }]);
  if (obeys !== 'answered') return undefined;
  const comes = await ask(options, family, server, other, [
    { name: 'response-port', port: external.port },
    // From the address that the server answers from as a rule, the answer could come in by the mapping that our question made.
    { name: 'change-request', changeAddress: true, changePort: true },
  ]);
  return comes === 'refused' ? undefined : comes === 'answered';
}

function ask(
  { outside, transactions, send }: ProofOptions,
  family: AddressFamily,
  server: AnsweredServer,
  from: TransportAddress,
  attributes: StunAttribute[],
): Promise<'answered' | 'refused' | 'silent'> {
  const transactionId = outside.random.bytes(TRANSACTION_ID_BYTES);
  const request = encodeStun(
    { method: METHOD_BINDING, class: 'request', transactionId, attributes },
    { fingerprint: true },
  );
  return new Promise((resolve) => {
    transactions.start({
      transactionId,
      pausesMs: PROOF_PAUSES_MS,
      send: () => void send(family, request, server.port, server.address),
      onResponse: (response, _datagram, source) => {
        const comesFrom = ({ address, port }: TransportAddress) =>
          source.address === address && source.port === port;
        if (response.class === 'success' && comesFrom(from)) resolve('answered');
        else if (response.class === 'error' && comesFrom(server)) resolve('refused');
        else return false;
        return true;
      },
      onTimeout: () => resolve('silent'),
    });
  });
}
