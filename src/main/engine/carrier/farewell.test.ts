/** What a carrier hears of an app that closes: a real path service, and a carrier on a real socket. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { DatagramSocket } from '../outside/index.ts';
import { realOutside } from '../outside/real.ts';
import { openPathService } from '../path/index.ts';
import { CarrierParty } from '../sfu/testing/party.ts';
import { decodeStun } from '../stun/message.ts';

interface Place {
  readonly port: number;
  readonly url?: string;
}

function receive(party: CarrierParty, socket: DatagramSocket, datagram: Buffer, port: number): void {
  const message = decodeStun(datagram);
  if (message) party.bridges.receive(message, { socket, address: '127.0.0.1', port });
}

async function overUdp(party: CarrierParty): Promise<Place> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const { port } = socket.address();
  const send: DatagramSocket['send'] = (...datagram) => socket.send(...datagram);
  const base: DatagramSocket = { family: 'IPv4', port, close: () => undefined, send };
  socket.on('message', (datagram, from) => receive(party, base, datagram, from.port));
  return { port };
}

async function overWebSocket(party: CarrierParty): Promise<Place> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  server.on('connection', (webSocket) => {
    const base: DatagramSocket = {
      family: 'IPv4',
      port,
      close: () => undefined,
      send: (bytes, offset, length) => webSocket.send(bytes.subarray(offset, offset + length)),
    };
    webSocket.on('message', (datagram: Buffer) => receive(party, base, datagram, 1));
  });
  return { port, url: `ws://127.0.0.1:${port}/` };
}

describe('an app that closes', () => {
  test.each([
    ['UDP', overUdp],
    ['a WebSocket', overWebSocket],
  ])('takes leave of its carriers before its sockets close (%s)', async (_, carrier) => {
    const party = new CarrierParty();
    const { port, url } = await carrier(party);
    const service = openPathService({
      outside: realOutside,
      includeLoopback: true,
      bindAddress: { IPv4: '127.0.0.1' },
      logger: pino({ level: 'silent' }),
    });
    onTestFinished(() => service.close());
    await service.start();
    // A JOIN that is sent before the WebSocket is open is lost, and sent again.
    const leg = service.openLeg({
      through: 'relay',
      ticket: party.signed(),
      side: 'A',
      key: party.sides.A.secret,
      address: { address: '127.0.0.1', port },
      ...(url !== undefined && { url }),
      onState: () => undefined,
    });
    await vi.waitFor(() => expect(leg?.state).toBe('joined'));
    expect(party.bridges.size).toBe(1);

    await service.close();

    await vi.waitFor(() => expect(party.bridges.size).toBe(0));
  });
});
