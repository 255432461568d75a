/** A little STUN server on a real socket, for tests. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { decodeStun, encodeStun } from '../../stun/message.ts';

export interface StunResponder {
  readonly port: number;
  asked: number;
  close(): void;
}

export type Answer = (request: Buffer, from: { address: string; port: number }, socket: Socket) => void;

/** Answers every Binding request with where it came from, or as `answer` does. */
export async function startStunResponder(answer?: Answer): Promise<StunResponder> {
  const socket = createSocket('udp4');
  const responder = { port: 0, asked: 0, close: () => void socket.close() };
  socket.on('message', (datagram, from) => {
    responder.asked++;
    if (answer) answer(datagram, from, socket);
    else socket.send(mappedResponse(datagram, from.address, from.port), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  responder.port = socket.address().port;
  return responder;
}

export function mappedResponse(request: Buffer, address: string, port: number): Buffer {
  const message = decodeStun(request);
  if (!message) throw new Error('not a STUN request');
  return encodeStun({
    method: message.method,
    class: 'success',
    transactionId: message.transactionId,
    attributes: [{ name: 'xor-mapped-address', address, port }],
  });
}
