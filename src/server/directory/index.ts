/** Who could forward a call: the answer to `find-carriers`, best first, each with a ticket (patent S140). */
import type { Carrier, ClientFrame, ServerFrame } from '../../shared/rendezvous.ts';
import type { Tickets } from './tickets.ts';

type FindCarriers = Extract<ClientFrame, { type: 'find-carriers' }>;
type Carriers = Extract<ServerFrame, { type: 'carriers' }>;

/** The public relay, as callers are told of it. */
export interface RelayPlace {
  /** Its name as a carrier, 32 bytes. */
  readonly carrier: Buffer;
  readonly addresses: Carrier['addresses'];
  readonly urls: readonly string[];
}

export interface DirectoryParts {
  readonly tickets: Tickets;
  /** Undefined where this server runs none. */
  readonly relay: RelayPlace | undefined;
}

export class Directory {
  readonly #parts: DirectoryParts;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
  }

  find({ requestId, keys, exclude }: FindCarriers): Carriers {
    const { relay, tickets } = this.#parts;
    const [first] = keys;
    const name = relay?.carrier.toString('base64url');
    const carriers: Carrier[] =
      relay && name && first && !exclude.includes(name)
        ? [
            {
              kind: 'relay',
              carrier: name,
              addresses: relay.addresses,
              urls: [...relay.urls],
              ticket: tickets.issue(relay.carrier, first),
            },
          ]
        : [];
    return { type: 'carriers', requestId, carriers };
  }
}
