/** coturn's STUN clients, which know nothing of ours, against the rendezvous server's STUN by RFC 5780. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { inProject } from '../../scripts/steps/project.ts';
import { runCommand } from '../../scripts/steps/run-command.ts';
import { type RendezvousServer, type ServerOptions, startServer } from '../../src/server/index.ts';
import { needOwnNetwork, needProgram } from '../support/needs.ts';

const PRIMARY = '127.0.0.1';
const ALTERNATE = '127.0.0.2';
const STARTED_LIMIT_MS = 15_000;
/** The tools wait 3 s for an answer, and `turnutils_stunclient` for ever. */
const TOOL_LIMIT_MS = 15_000;
const PORT_ATTEMPTS = 3;

async function serve(options: Partial<ServerOptions> = {}): Promise<RendezvousServer> {
  const server = await startServer({
    host: PRIMARY,
    port: 0,
    stunAlternateAddresses: [{ address: ALTERNATE }],
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

/**
 * The server's program in a network of its own, whose STUN has a second port 3479.
 *
 * @param prepare commands of a shell that furnish the network
 * @returns the start of a command line whose rest runs there
 */
async function serveInOwnNetwork(
  context: TestContext,
  prepare: readonly string[],
  flags: readonly string[],
): Promise<readonly string[]> {
  const ownNetwork = await needOwnNetwork(context);
  const script = ['ip link set lo up', ...prepare, 'exec "$@"'].join(' && ');
  const program = [process.execPath, inProject('src/server/main.ts'), ...flags];
  const [unshare = '', ...args] = [...ownNetwork, 'sh', '-c', script, 'sh', ...program];
  const server = spawn(unshare, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  const started = once(createInterface(server.stdout), 'line', {
    signal: AbortSignal.timeout(STARTED_LIMIT_MS),
  });
  const [line] = await Promise.race([started, ended]);
  expect(server.exitCode, 'the server ended; what it said is on standard error').toBeNull();
  expect(JSON.parse(line)).toMatchObject({ msg: 'listening', stunAlternatePort: 3479 });
  return ['nsenter', '--net', '--target', String(server.pid)];
}

/** What a tool prints, once it has ended well. */
async function outputOfTool([program = '', ...args]: readonly string[]): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { code, output } = await runCommand(program, args, { output: 'keep', limitMs: TOOL_LIMIT_MS });
    // `turnutils_stunclient` wants the port after the one that the system gave it, which somebody else may have.
    if (output.includes('Address already in use') && attempt < PORT_ATTEMPTS) continue;
    expect(code, output).toBe(0);
    return output;
  }
}

/** All addresses printed under one of the tools' headings, in order. */
function printed(output: string, heading: string): string[] {
  const lines = output.split('\n').filter((line) => /^\d+: : IPv[46]\. /.test(line));
  // Whatever a tool says first of its addresses, it says twice.
  const once = lines[0] === lines[1] ? lines.slice(1) : lines;
  return once.filter((line) => line.includes(heading)).map((line) => line.slice(line.lastIndexOf(' ') + 1));
}

describe('turnutils_stunclient', () => {
  it('sees both addresses and both ports answer, one of them at another port of its own', async (context) => {
    const tool = await needProgram(context, 'turnutils_stunclient', 'coturn');
    const { stunPort, stunAlternatePort } = await serve();

    const output = await outputOfTool([tool, '-p', String(stunPort), PRIMARY]);

    // The second request has RESPONSE-PORT and asks for both changes; it is sent from the port of the first.
    expect(output.match(/RFC 5780 response \d/g)).toEqual(['RFC 5780 response 1', 'RFC 5780 response 2']);
    expect(printed(output, 'Response origin')).toEqual([
      `${PRIMARY}:${stunPort}`,
      `${ALTERNATE}:${stunAlternatePort}`,
    ]);
    expect(printed(output, 'Other addr')).toEqual([
      `${ALTERNATE}:${stunAlternatePort}`,
      `${ALTERNATE}:${stunAlternatePort}`,
    ]);
    const [first, second] = printed(output, 'UDP reflexive addr');
    expect(first).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(second).toBe(first);
    // The third one is padded to 1,532 bytes, which we do not serve and say so.
    expect(output).toContain('The response is an error 420 (Unknown Attribute)');
  });

  it('sees a plain server where there is one address', async (context) => {
    const tool = await needProgram(context, 'turnutils_stunclient', 'coturn');
    const { stunPort } = await serve({ stunAlternateAddresses: [] });

    const output = await outputOfTool([tool, '-p', String(stunPort), PRIMARY]);

    expect(output).not.toContain('RFC 5780');
    expect(printed(output, 'UDP reflexive addr')).toHaveLength(1);
  });
});

describe('turnutils_natdiscovery', () => {
  it('finds mapping and filtering of a machine without a NAT', async (context) => {
    const tool = await needProgram(context, 'turnutils_natdiscovery', 'coturn');
    const { stunPort, stunAlternatePort } = await serve();

    const output = await outputOfTool([tool, '-m', '-f', '-p', String(stunPort), '-L', PRIMARY, PRIMARY]);

    expect(printed(output, 'Response origin')).toEqual([
      `${PRIMARY}:${stunPort}`,
      `${ALTERNATE}:${stunPort}`,
      `${PRIMARY}:${stunPort}`,
      `${ALTERNATE}:${stunAlternatePort}`,
    ]);
    expect(output).toContain('No NAT! (Endpoint Independent Mapping)');
    expect(output).toContain('NAT with Endpoint Independent Mapping!');
    expect(output).toContain('NAT with Endpoint Independent Filtering!');
  });

  it('hears at its first port the answer to what it asks from its second', async (context) => {
    const tool = await needProgram(context, 'turnutils_natdiscovery', 'coturn');
    const { stunPort } = await serve();

    const lifetime = ['-t', '-T', '1'];
    const output = await outputOfTool([tool, ...lifetime, '-p', String(stunPort), '-L', PRIMARY, PRIMARY]);

    expect(printed(output, 'Response origin')).toEqual([`${PRIMARY}:${stunPort}`, `${PRIMARY}:${stunPort}`]);
    const [first, second] = printed(output, 'UDP reflexive addr');
    expect(second).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(second).not.toBe(first);
  });

  it('finds the same over IPv6', async (context) => {
    const tool = await needProgram(context, 'turnutils_natdiscovery', 'coturn');
    // Loopback has one IPv6 address only; a network of its own can have more.
    const [one, other] = ['fd00:b1::1', 'fd00:b1::2'];
    const within = await serveInOwnNetwork(
      context,
      [one, other].map((address) => `ip addr add ${address}/128 dev lo nodad`),
      ['--host', one, '--port', '3478', '--stun-alternate-host', other],
    );

    const output = await outputOfTool([...within, tool, '-m', '-f', '-L', one, one]);

    expect(printed(output, 'Response origin')).toEqual([
      `${one}:3478`,
      `${other}:3478`,
      `${one}:3478`,
      `${other}:3479`,
    ]);
    expect(output).toContain('NAT with Endpoint Independent Mapping!');
    expect(output).toContain('NAT with Endpoint Independent Filtering!');
  });

  it('finds the same of a server behind a NAT that maps its addresses one to one', async (context) => {
    const tool = await needProgram(context, 'turnutils_natdiscovery', 'coturn');
    await needProgram(context, 'nft', 'nftables');
    const client = '203.0.113.9';
    const [one, other] = ['198.51.100.1', '198.51.100.2'];
    const rules = `
      table ip cloud {
        chain to-the-server {
          type nat hook output priority -100
          ip daddr ${one} dnat to 10.0.0.1
          ip daddr ${other} dnat to 10.0.0.2
        }
        chain from-the-server {
          type nat hook postrouting priority srcnat
          ip saddr 10.0.0.1 snat to ${one}
          ip saddr 10.0.0.2 snat to ${other}
        }
      }`;
    const within = await serveInOwnNetwork(
      context,
      [
        ...[client, '10.0.0.1', '10.0.0.2'].map((address) => `ip addr add ${address}/32 dev lo`),
        'ip route add default dev lo',
        `nft '${rules}'`,
      ],
      [
        ...['--host', '10.0.0.1', '--port', '3478', '--stun-host', `10.0.0.1=${one}`],
        ...['--stun-alternate-host', `10.0.0.2=${other}`],
      ],
    );

    const output = await outputOfTool([...within, tool, '-m', '-f', '-L', client, one]);

    expect(printed(output, 'Response origin')).toEqual([
      `${one}:3478`,
      `${other}:3478`,
      `${one}:3478`,
      `${other}:3479`,
    ]);
    expect(printed(output, 'Other addr')[0]).toBe(`${other}:3479`);
    expect(output).toContain('NAT with Endpoint Independent Mapping!');
    expect(output).toContain('NAT with Endpoint Independent Filtering!');
  });
});
