/** The landmarks of this server's clients: the STUN servers it names to them, by every name that a client may dial one by. */
import { hostname, networkInterfaces } from 'node:os';
import { bracketed } from '../signalling/host.ts';
import { LandmarkNames } from './distance.ts';

/** @param servers as the client configuration has them: a host of "" is the host that this server was reached at */
export function landmarksOf(
  servers: readonly { readonly host: string; readonly port: number }[],
): LandmarkNames {
  return new LandmarkNames(
    servers.map(({ host, port }) =>
      (host === '' ? ownNames() : [host]).map((name) => `${bracketed(name)}:${port}`),
    ),
  );
}

/** What signalling answers to when no public name is set. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const machine = hostname().toLowerCase();
  return [...addresses.map(({ address }) => address), 'localhost', machine, `${machine}.local`];
}
