/** How soon the birthday search finds a port, beside what the arithmetic says: many calls of a port-filtering side to a random one. */
import { NAT_PORTS } from '../../src/main/engine/path/constants.ts';
import { placeCall, startPeer } from './call.ts';
import type { Host, TrafficWatch } from './host.ts';
import { SimulatedInternet } from './internet.ts';
import { siteOfKind } from './kinds.ts';
import type { Packet } from './packet.ts';
import { startStunServer } from './stun-server.ts';

/** After so many tried ports it is looked how many searches are over: around 50 %, and where they are nearly all. */
const LOOKS_AT = [100, 174, 256, 350, 500, 700, 985, 1_400] as const;
/** Short, so that hardly a try is under way while another one has hit already, ms. */
const LINE = { delayMs: 0.5 };
const SIGNALLING = { delayMs: 2, jitterMs: 0 };
const CALL_EVERY_MS = 60;
/** What is to be found out about the NATs is known by then, ms. */
const WARM_UP_MS = 10_000;
const GIVE_UP_MS = 12_000;

export interface SearchLook {
  /** Ports that were tried. */
  readonly tries: number;
  /** Sockets that were open by then, on average. */
  readonly sockets: number;
  /** Share of the searches that had found one. */
  readonly found: number;
  /** 1 − (1 − sockets / 64,512) ^ tries. */
  readonly arithmetic: number;
}

export interface SearchStudy {
  readonly seed: string;
  readonly searches: number;
  readonly looks: readonly SearchLook[];
}

/** Counts what one search tries, until a datagram of either side reaches the other. */
class SearchWatch implements TrafficWatch {
  readonly #tried = new Set<number>();
  readonly #trying: Host;
  readonly #opening: Host;
  readonly #triedAddress: string;
  readonly #openedTowards: string;
  /** Sockets open at each of the looks that the search lasted to. */
  readonly socketsAt = new Map<number, number>();
  foundAfter: number | undefined;

  constructor(trying: Host, triedAddress: string, opening: Host, openedTowards: string) {
    this.#trying = trying;
    this.#triedAddress = triedAddress;
    this.#opening = opening;
    this.#openedTowards = openedTowards;
  }

  sent(host: Host, { to, toPort }: Packet): void {
    if (host !== this.#trying || to !== this.#triedAddress || this.foundAfter !== undefined) return;
    this.#tried.add(toPort);
    // All but the one for IPv6 have a mapping that the other side may hit.
    if (!this.socketsAt.has(this.#tried.size))
      this.socketsAt.set(this.#tried.size, this.#opening.openSockets - 1);
  }

  delivered(host: Host, { from }: Packet): void {
    const hit =
      (host === this.#opening && from === this.#openedTowards) ||
      (host === this.#trying && from === this.#triedAddress);
    if (hit) this.foundAfter ??= this.#tried.size;
  }
}

/** @param onProgress told of every hundredth search that is over */
export async function searchStudy(
  seed: string,
  searches: number,
  onProgress: (done: number) => void,
): Promise<SearchStudy> {
  const watches: SearchWatch[] = [];
  const failures: unknown[] = [];
  const internet = new SimulatedInternet(seed);
  const servers = [
    (await startStunServer(internet, 'stun1.example', LINE)).address,
    (await startStunServer(internet, 'stun2.example', LINE)).address,
  ];
  for (let index = 0; index < searches; index++) {
    search(internet, servers, index).then(
      (watch) => {
        if (watches.push(watch) % 100 === 0) onProgress(watches.length);
      },
      (error: unknown) => failures.push(error),
    );
    await internet.clock.run(CALL_EVERY_MS);
  }
  await internet.clock.until(
    () => watches.length + failures.length === searches,
    2 * (WARM_UP_MS + GIVE_UP_MS),
  );
  if (failures.length > 0) throw failures[0];
  return { seed, searches, looks: LOOKS_AT.map((tries) => lookAt(watches, tries)) };
}

async function search(
  internet: SimulatedInternet,
  servers: readonly { host: string; port: number }[],
  index: number,
): Promise<SearchWatch> {
  const tryingSite = siteOfKind(internet, 'port', LINE);
  const openingSite = siteOfKind(internet, 'sym', LINE);
  const watches: TrafficWatch[] = [];
  const trying = internet.host(`trying ${index}`, watches);
  const opening = internet.host(`opening ${index}`, watches);
  const watch = new SearchWatch(
    trying,
    openingSite.router.publicIPv4 ?? '',
    opening,
    tryingSite.router.publicIPv4 ?? '',
  );
  watches.push(watch);
  internet.connect(trying, tryingSite);
  internet.connect(opening, openingSite);
  const peers = [await startPeer(trying, servers), await startPeer(opening, servers)] as const;
  await pass(internet, WARM_UP_MS);
  const call = placeCall(internet, ...peers, SIGNALLING);
  for (let passedMs = 0; passedMs < GIVE_UP_MS && watch.foundAfter === undefined; passedMs += 100) {
    await pass(internet, 100);
  }
  call.close();
  await Promise.all(peers.map(({ paths }) => paths.close()));
  return watch;
}

function pass({ clock }: SimulatedInternet, durationMs: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(resolve, durationMs));
}

function lookAt(watches: readonly SearchWatch[], tries: number): SearchLook {
  const open = watches.flatMap(({ socketsAt }) => socketsAt.get(tries) ?? []);
  const sockets = open.reduce((sum, count) => sum + count, 0) / Math.max(1, open.length);
  const found = watches.filter(({ foundAfter = Number.POSITIVE_INFINITY }) => foundAfter <= tries).length;
  return {
    tries,
    sockets: Math.round(sockets),
    found: found / watches.length,
    arithmetic: 1 - (1 - sockets / NAT_PORTS) ** tries,
  };
}
