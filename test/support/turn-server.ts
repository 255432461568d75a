/** coturn as a TURN server on loopback, with time-limited credentials and a certificate that nobody but the test trusts. */
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from '../../scripts/steps/run-command.ts';
import type { TurnServer } from '../../src/shared/turn-uri.ts';
import { runCoturn } from './coturn.ts';

const HOST = '127.0.0.1';

export interface TurnServerProcess {
  readonly secret: string;
  /** Where it listens with TLS. */
  readonly securePort: number;
  readonly port: number;
  /** Its certificate, PEM; for `HOST` alone. */
  readonly certificate: string;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * @param programs the paths of `turnserver` and `openssl`: see `needProgram`
 * @param flags further ones of `turnserver`
 */
export async function startTurnServer(
  programs: { readonly turnserver: string; readonly openssl: string },
  flags: readonly string[] = [],
): Promise<TurnServerProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'byway-turn-'));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=byway-test', '-addext', `subjectAltName=IP:${HOST}`, '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await outputOf(programs.openssl, [
    ...['req', '-x509', ...curve, ...subject],
    ...['-keyout', key, '-out', certificate],
  ]);
  const secret = 'a-secret-of-the-test';
  const keys = ['--cert', certificate, '--pkey', key];
  const users = ['--use-auth-secret', '--static-auth-secret', secret, '--realm', 'byway.test'];
  const { ports, stop } = await runCoturn(programs.turnserver, [HOST], ([port, securePort]) => ({
    flags: [
      ...['-p', String(port), '--tls-listening-port', String(securePort), '--no-dtls', ...keys],
      ...['--allow-loopback-peers', '-E', HOST, ...users, ...flags],
    ],
    answersAt: [port],
    answersOverTcpAt: [port, securePort],
  }));
  const [port, securePort] = ports;
  const text = await readFile(certificate, 'utf8');
  return {
    secret,
    port,
    securePort,
    certificate: text,
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server's address with credentials for it, as `use-auth-secret` has them. */
export function withCredentials(uri: string, secret: string, name: string): TurnServer {
  const username = `${Math.floor(Date.now() / 1_000) + 600}:${name}`;
  return { uri, username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
