/** The user's wish to lend this machine's line, and the node that fulfils it: with the settings, the sockets and whatever server there is. */

import type { KeyObject } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { VolunteerSettings, VolunteerState } from '../../../shared/volunteer.ts';
import type { Outside } from '../outside/index.ts';
import type { PathService } from '../path/types.ts';
import type { RendezvousClient } from '../rendezvous/client.ts';
import { SfuNode } from '../sfu/node.ts';

export interface VolunteerOptions {
  readonly outside: Outside;
  readonly paths: PathService;
  /** What the server in use signs tickets with; null where it signs none. */
  readonly ticketKey: () => KeyObject | null;
  /** What the user has chosen. */
  readonly settings: () => VolunteerSettings;
  /** Whoever started this program wants it to volunteer, until the user chooses otherwise. */
  readonly fromStart: boolean;
  readonly logger: Logger;
}

export class Volunteer extends EventEmitter<{ changed: [] }> {
  readonly #node: SfuNode;
  readonly #stopListening: (() => void)[];
  #fromStart: boolean;
  #client: RendezvousClient | null = null;

  constructor({ outside, paths, ticketKey, settings, fromStart, logger }: VolunteerOptions) {
    super();
    this.#fromStart = fromStart;
    this.#node = new SfuNode({
      clock: outside.clock,
      random: outside.random,
      sockets: paths.guests,
      server: {
        isConnected: () => this.#client?.state.state === 'connected',
        ticketKey,
        offer: (offer) => this.#client?.offerNode(offer) ?? false,
        withdraw: (carrier) => this.#client?.withdrawNode(carrier),
      },
      behaviour: () => {
        const known = paths.behaviour();
        // The server judges by this: how a NAT maps is waited for, unless it cannot be told.
        const isTold = known && (!known.translated || known.mapping !== undefined || !paths.nat.running);
        return isTold ? known : undefined;
      },
      landmarks: () =>
        paths
          .networkState()
          .stun.flatMap(({ server, rttMs }) => (rttMs === undefined ? [] : [{ server, rttMs }])),
      settings: () => ({ ...settings(), enabled: settings().enabled || this.#fromStart }),
      onChange: () => this.emit('changed'),
      logger,
    });
    const look = () => this.#node.look();
    this.#stopListening = [paths.onNetworkState(look), paths.nat.onChange(look)];
  }

  state(): VolunteerState {
    return this.#node.state();
  }

  /** Begins, where that is wanted. */
  start(): void {
    this.#node.look();
  }

  /** The user has chosen: what this program was started with counts no more. */
  settingsChosen(): void {
    this.#fromStart = false;
    this.#node.look();
  }

  /** The connection to the server that is in use from now on. */
  useClient(client: RendezvousClient | null): void {
    this.#client = client;
    client?.on('state', ({ state }) => {
      if (state === 'connected') this.#node.serverConnected();
      else this.#node.look();
    });
    client?.on('standing', (frame) => this.#node.standing(frame));
    client?.on('guests', (frame) => this.#node.expectGuests(frame));
    this.#node.look();
  }

  /** Whether a ticket leads to this very machine. */
  isOwn(ticket: Buffer): boolean {
    return this.#node.isOwn(ticket);
  }

  /**
   * Serves nobody for so many minutes, whatever else is set; a restart does not end it. A pause that is on is replaced.
   *
   * @throws StoreUnwritableError
   */
  pause(_minutes: number): void {}

  /** Ends a pause; fine when there is none. @throws StoreUnwritableError */
  resume(): void {}

  /**
   * Takes no new guests from now on until the program ends, and moves those that are here.
   *
   * @returns when the last one has gone, at the latest after `LEAVE_LIMIT_MS`
   */
  async drain(): Promise<void> {
    await this.#node.close();
  }

  /** Takes leave of the guests. Before the sockets and the connection close. */
  async close(): Promise<void> {
    for (const stop of this.#stopListening.splice(0)) stop();
    await this.#node.close();
    this.removeAllListeners();
  }
}
