/**
 * Finding a port of a NAT that gives ports by chance (the birthday search). The side behind it opens many sockets and sends one check from
 * each, so that as many ports stand open to the other side; the other side tries ports. One that hits comes in as an ordinary check,
 * and what follows are ordinary checks. So the search itself waits for nothing and keeps nothing: one check, written once, is sent to
 * many ports, or one from each socket.
 */
import type { Timer } from '../outside/index.ts';
import {
  FIRST_NAT_PORT,
  MAX_SEARCH_CHECKS,
  MAX_SEARCH_SOCKETS,
  NAT_PORTS,
  SEARCH_BURST,
  SEARCH_STEP_MS,
} from './constants.ts';
import { type PunchTools, pairsToPublicAddresses } from './punch-tools.ts';

/** NAT_PORTS is 2^10 x 3^2 x 7: a step that shares no factor with it visits every port once. */
const FACTORS = [2, 3, 7] as const;

export class Search {
  readonly #tools: PunchTools;
  readonly #order: { first: number; step: number };
  #timer: Timer;
  #running = false;
  #socketsOpening = 0;
  #socketsUsedUp = false;
  /** All ports tried and all sockets opened in this session. */
  #tried = 0;
  #opened = 0;
  /** Of them, those that are long ago. */
  #spentBefore = { tried: 0, opened: 0 };

  constructor(tools: PunchTools) {
    this.#tools = tools;
    this.#order = portOrder(tools.around.outside.random.bytes(8));
  }

  get isRunning(): boolean {
    return this.#running;
  }

  begin(we: 'open-sockets' | 'try-ports'): void {
    const [target] = pairsToPublicAddresses(this.#tools);
    if (this.#running || !target || this.#left(we) === 0) return;
    this.#running = true;
    this.#socketsUsedUp = false;
    const { address, port } = target;
    this.#tools.record.note('port-search', address);
    if (we === 'open-sockets') this.#openSockets(address, port);
    else this.#tryPorts(address, this.#tools.codec.writeCheck(undefined).datagram);
  }

  /** Minutes have passed, so a whole search may be made once more; its ports go on where the last one ended. */
  allowAnother(): void {
    this.#spentBefore = { tried: this.#tried, opened: this.#opened };
  }

  stop(): void {
    this.#running = false;
    this.#tools.around.outside.clock.clearTimer(this.#timer);
  }

  #tryPorts(address: string, check: Buffer): void {
    const { around } = this.#tools;
    const socket = around.socket('IPv4');
    for (let left = this.#take('try-ports'); left > 0; left--) {
      socket?.send(check, 0, check.length, this.#port(this.#tried++), address);
    }
    if (this.#left('try-ports') === 0) this.#running = false;
    this.#again(() => this.#tryPorts(address, check));
  }

  #openSockets(address: string, port: number): void {
    for (let left = this.#take('open-sockets'); left > 0; left--) {
      this.#opened++;
      this.#socketsOpening++;
      this.#openSocket(address, port).then(
        () => this.#socketsOpening--,
        (error: unknown) => {
          this.#socketsOpening--;
          this.#socketsUsedUp = true;
          this.#tools.around.logger.warn({ err: error }, 'no socket for a search');
        },
      );
    }
    this.#again(() => this.#openSockets(address, port));
  }

  async #openSocket(address: string, port: number): Promise<void> {
    const { codec, sockets } = this.#tools;
    const socket = await sockets.open('IPv4');
    if (!socket) {
      this.#socketsUsedUp = true;
      return;
    }
    // Each check has an ID of its own: two that come from different ports with one ID would be taken for a replay.
    const check = codec.writeCheck(undefined).datagram;
    if (this.#running) socket.send(check, 0, check.length, port, address);
  }

  #take(we: 'open-sockets' | 'try-ports'): number {
    if (this.#socketsUsedUp || this.#socketsOpening >= SEARCH_BURST) return 0;
    return this.#tools.around.searchBudget.take(Math.min(SEARCH_BURST, this.#left(we)));
  }

  #left(we: 'open-sockets' | 'try-ports'): number {
    const { tried, opened } = this.#spentBefore;
    return we === 'try-ports'
      ? MAX_SEARCH_CHECKS - (this.#tried - tried)
      : MAX_SEARCH_SOCKETS - (this.#opened - opened);
  }

  #again(step: () => void): void {
    if (!this.#running) return;
    this.#timer = this.#tools.around.outside.clock.setTimer(step, SEARCH_STEP_MS);
  }

  #port(index: number): number {
    return FIRST_NAT_PORT + ((this.#order.first + index * this.#order.step) % NAT_PORTS);
  }
}

/** A walk through all ports that looks like chance and comes to none of them twice. */
function portOrder(chance: Buffer): { first: number; step: number } {
  let step = chance.readUInt32BE(0) % NAT_PORTS;
  while (FACTORS.some((factor) => step % factor === 0)) step++;
  return { first: chance.readUInt32BE(4) % NAT_PORTS, step };
}
