/** Starting coturn beside others who take ports: it is what many tests stand on. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { claimPorts } from '../support/claimed-ports.ts';
import { runCoturn } from '../support/coturn.ts';
import { needProgram } from '../support/needs.ts';
import { StunClient } from '../support/stun-client.ts';

const HOST = '127.0.0.1';

/** A port that somebody else has. */
const TAKEN = {
  async udp(): Promise<number> {
    const socket = createSocket('udp4').bind(0, HOST);
    onTestFinished(() => void socket.close());
    await once(socket, 'listening');
    return socket.address().port;
  },
  async tcp(): Promise<number> {
    const server = createServer().listen(0, HOST);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  },
};

it.for(['udp', 'tcp'] as const)(
  'starts anew on other ports where its %s port is taken',
  async (transport, context) => {
    const program = await needProgram(context, 'turnserver', 'coturn');
    const taken = await TAKEN[transport]();
    const tried: number[] = [];

    const { ports, stop } = await runCoturn(program, [HOST], ([own]) => {
      const port = tried.length === 0 ? taken : own;
      tried.push(port);
      const flags = ['-p', String(port), '--no-tls', '--no-dtls', '--stun-only'];
      return { flags, answersAt: [port], answersOverTcpAt: [port] };
    });
    onTestFinished(stop);

    expect(tried).toEqual([taken, ports[0]]);
    const client = await StunClient.open(HOST);
    onTestFinished(() => client.close());
    expect((await client.ask({ address: HOST, port: ports[0] })).message.class).toBe('success');
  },
);

it('claims no port twice', async () => {
  const claims = await Promise.all(Array.from({ length: 50 }, () => claimPorts([HOST])));
  const all = claims.flatMap(({ ports }) => ports);
  for (const { release } of claims) release();

  expect(new Set(all).size).toBe(all.length);
});
