/** The sockets that probes leave from and nobody is told of, so that no node has sent to them: beside each of STUN's. */
import type { Socket } from 'node:dgram';
import type { Logger } from 'pino';
import { plainAddress } from '../source-address.ts';
import { familyOf } from '../stun/addresses.ts';
import { bindHost, closeSocket } from '../stun/sockets.ts';
import type { SendProbe } from './prober.ts';

/** The addresses STUN is bound to, the first and second of each place. */
export interface ProbeHosts {
  readonly primary: string;
  readonly alternate?: string | undefined;
}

export interface ProbeSockets {
  readonly send: SendProbe;
  close(): Promise<void>;
}

/**
 * @param sendFromStun sends from the STUN port; false where it has no socket of the family
 * @throws BindAddressError
 */
export async function openProbeSockets(
  hosts: readonly ProbeHosts[],
  sendFromStun: (datagram: Buffer, address: string, port: number) => boolean,
  onDatagram: (datagram: Buffer, address: string, port: number) => void,
  logger: Logger,
): Promise<ProbeSockets> {
  const opened: Socket[] = [];
  const open = async (host: string | undefined): Promise<Socket[]> => {
    const sockets = host === undefined ? [] : await bindHost(host, 0);
    opened.push(...sockets);
    for (const socket of sockets) {
      socket.on('message', (datagram, from) => onDatagram(datagram, plainAddress(from.address), from.port));
      socket.on('error', (error) => logger.warn({ error: error.message }, 'probe socket'));
    }
    return sockets;
  };
  const close = async () => {
    await Promise.all(opened.splice(0).map(closeSocket));
  };
  try {
    const sockets = { 'other-port': [] as Socket[], 'other-address': [] as Socket[] };
    for (const { primary, alternate } of hosts) {
      sockets['other-port'].push(...(await open(primary)));
      sockets['other-address'].push(...(await open(alternate)));
    }
    return {
      send(source, datagram, { address, port }) {
        if (source === 'known') return sendFromStun(datagram, address, port);
        const socket = sockets[source].find((each) => each.address().family === familyOf(address));
        socket?.send(datagram, port, address, ignoreSendResult);
        return socket !== undefined;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A probe that cannot be sent is a lost datagram. */
function ignoreSendResult(): void {}
