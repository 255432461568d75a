/** The nodes that are offered: whose they are, what probes show of them, and which of them may be chosen. */

import { isIPv4 } from 'node:net';
import { TICKET_VERSION } from '../../main/engine/sfu/constants.ts';
import { canonicalIp } from '../../main/engine/stun/ip.ts';
import type { NatDependence } from '../../shared/network.ts';
import type { NodeOffer, NodeStanding, ServerFrame } from '../../shared/rendezvous.ts';
import type { TransportAddress } from '../../shared/words.ts';
import type { Clock } from '../clock.ts';
import { RATE_MEMORY } from '../constants.ts';
import { limitKey } from '../source-address.ts';
import { KeyedTokenBuckets } from '../token-buckets.ts';
import {
  NODES_PER_USER,
  PROBE_AGAIN_MS,
  PROBE_BURST,
  PROBE_LATER_MS,
  PROBES_PER_SECOND,
} from './constants.ts';
import type { LandmarkNames } from './distance.ts';
import { DirectoryNode } from './node.ts';
import { NodeIndex } from './node-index.ts';
import type { Prober } from './prober.ts';
import { judgeFiltering, NEEDED } from './reach.ts';
import { mayBeSentTo } from './scope.ts';

/** The machine that offers a node: a session of signalling. */
export interface NodeOwner {
  readonly userId: string;
  /** Where its connection comes from, canonical text. */
  readonly address: string;
  /** Connected, or expected back. */
  readonly present: boolean;
  tell(frame: ServerFrame): void;
}

interface Entry {
  readonly node: DirectoryNode;
  readonly owner: NodeOwner;
  standing: NodeStanding;
  filtering: NatDependence | undefined;
  /** Tells a probing that has been overtaken from the one that counts. */
  probing: number;
  timer: unknown;
  /** When that timer ends, by `clock.now()`. */
  dueAtMs: number;
}

export interface NodesParts {
  readonly clock: Clock;
  readonly prober: Pick<Prober, 'shows'>;
  readonly landmarks: LandmarkNames;
  readonly demotionMs: (place: string, nowMs: number) => number;
}

export class Nodes {
  readonly index: NodeIndex;
  readonly #parts: NodesParts;
  readonly #entries = new Map<string, Entry>();
  readonly #byOwner = new Map<NodeOwner, Set<Entry>>();
  readonly #perUser = new Map<string, number>();
  readonly #rate = new KeyedTokenBuckets({ perSecond: PROBES_PER_SECOND, burst: PROBE_BURST }, RATE_MEMORY);

  constructor(parts: NodesParts) {
    this.#parts = parts;
    this.index = new NodeIndex(parts.landmarks.count);
  }

  /** How many are offered, whatever becomes of them. */
  get size(): number {
    return this.#entries.size;
  }

  offer(owner: NodeOwner, given: NodeOffer): void {
    const offer = { ...given, addresses: usableAddresses(given.addresses, owner.address) };
    const known = this.#entries.get(offer.carrier);
    if (known && known.owner !== owner) {
      refuse(owner, offer.carrier, 'name-taken');
      return;
    }
    if (offer.version !== TICKET_VERSION) {
      if (known) this.#forget(known);
      refuse(owner, offer.carrier, 'other-version');
      return;
    }
    if (known) this.#update(known, offer);
    else this.#add(owner, offer);
  }

  withdraw(owner: NodeOwner, carrier: string): void {
    const entry = this.#entries.get(carrier);
    if (entry?.owner === owner) this.#forget(entry);
  }

  /** A machine has gone, or is back: only nodes of those that are here are chosen. */
  presenceChanged(owner: NodeOwner): void {
    for (const entry of this.#byOwner.get(owner) ?? []) this.#place(entry);
  }

  /** A machine is forgotten, or knows nothing of its own offers any more. */
  forgetOwner(owner: NodeOwner): void {
    for (const entry of [...(this.#byOwner.get(owner) ?? [])]) this.#forget(entry);
  }

  /** Calls complain of a node: it is looked at again before its time, once for all that complain until then. */
  doubt(carrier: string): void {
    const entry = this.#entries.get(carrier);
    const soonMs = this.#parts.clock.now() + PROBE_LATER_MS;
    if (entry?.standing === 'offered' && entry.dueAtMs > soonMs) this.#probeLater(entry, PROBE_LATER_MS);
  }

  ownerNamed(carrier: string): NodeOwner | undefined {
    return this.#entries.get(carrier)?.owner;
  }

  /** Forgets all. Twice is fine. */
  close(): void {
    for (const entry of [...this.#entries.values()]) this.#forget(entry);
  }

  #add(owner: NodeOwner, offer: NodeOffer): void {
    const count = this.#perUser.get(owner.userId) ?? 0;
    if (count >= NODES_PER_USER) {
      refuse(owner, offer.carrier, 'too-many');
      return;
    }
    const { landmarks, demotionMs } = this.#parts;
    const node = new DirectoryNode(owner.userId, offer, landmarks.position(offer.landmarks));
    node.demotionMs = (nowMs) => demotionMs(node.place, nowMs);
    const entry: Entry = {
      node,
      owner,
      standing: 'probing',
      filtering: undefined,
      probing: 0,
      timer: undefined,
      dueAtMs: Number.POSITIVE_INFINITY,
    };
    this.#entries.set(offer.carrier, entry);
    this.#perUser.set(owner.userId, count + 1);
    const owned = this.#byOwner.get(owner) ?? new Set();
    owned.add(entry);
    this.#byOwner.set(owner, owned);
    tellStanding(entry);
    this.#probe(entry);
  }

  #update(entry: Entry, offer: NodeOffer): void {
    const { node } = entry;
    const isElsewhere = !sameReach(node.offer, offer);
    this.index.remove(node);
    node.update(offer, this.#parts.landmarks.position(offer.landmarks));
    if (isElsewhere) {
      entry.standing = 'probing';
      node.reachable = [];
      this.#probe(entry);
    }
    tellStanding(entry);
    this.#place(entry);
  }

  #forget(entry: Entry): void {
    const { node, owner } = entry;
    this.#parts.clock.clearTimer(entry.timer);
    entry.probing++;
    this.index.remove(node);
    this.#entries.delete(node.carrier);
    const left = (this.#perUser.get(owner.userId) ?? 1) - 1;
    if (left === 0) this.#perUser.delete(owner.userId);
    else this.#perUser.set(owner.userId, left);
    const owned = this.#byOwner.get(owner);
    owned?.delete(entry);
    if (owned?.size === 0) this.#byOwner.delete(owner);
  }

  /** Puts it in the index or takes it out, as it is now. One without room is left out until it says otherwise. */
  #place({ node, owner, standing }: Entry): void {
    const { capacity, load } = node.offer;
    const hasRoom = capacity.bridges > load.bridges && capacity.kbitPerS > load.kbitPerS;
    if (standing === 'offered' && owner.present && hasRoom) this.index.add(node);
    else this.index.remove(node);
  }

  #probe(entry: Entry): void {
    const { node, owner } = entry;
    const nowMs = this.#parts.clock.now();
    this.#parts.clock.clearTimer(entry.timer);
    entry.dueAtMs = Number.POSITIVE_INFINITY;
    const probing = ++entry.probing;
    const { addresses } = node.offer;
    // One address is not probed more often because more users name it.
    const keys = [owner.userId, ...addresses.map(({ address }) => limitKey(address))];
    if (!this.#rate.takeAll(keys, nowMs)) {
      this.#probeLater(entry, PROBE_LATER_MS);
      return;
    }
    void this.#judge(entry, addresses).then((isCurrent) => {
      if (isCurrent && probing === entry.probing) this.#probeLater(entry, PROBE_AGAIN_MS);
    });
  }

  #probeLater(entry: Entry, delayMs: number): void {
    const { clock } = this.#parts;
    clock.clearTimer(entry.timer);
    entry.dueAtMs = clock.now() + delayMs;
    entry.timer = clock.setTimer(() => this.#probe(entry), delayMs);
  }

  /** Probes all addresses, and keeps those through which most guests get in. False when a newer probing has begun. */
  async #judge(entry: Entry, addresses: readonly TransportAddress[]): Promise<boolean> {
    const { node, probing } = { node: entry.node, probing: entry.probing };
    const carrier = Buffer.from(node.carrier, 'base64url');
    const judged = await Promise.all(
      addresses.map(async (address) => {
        const shown = await this.#parts.prober.shows(carrier, address);
        return { address, filtering: judgeFiltering(shown, node.offer.behaviour) };
      }),
    );
    if (probing !== entry.probing) return false;
    const open = judged.flatMap(({ address, filtering }) =>
      filtering === null || filtering === 'port-varies' ? [] : [{ address, filtering }],
    );
    // What is known of guests is known of their IPv4. An IPv6 address is one more way in, where it lets everybody in.
    const byIPv4 = open.filter(({ address }) => isIPv4(address.address));
    byIPv4.sort((a, b) => NEEDED[a.filtering] - NEEDED[b.filtering]);
    const best = byIPv4[0]?.filtering;
    const isOffered = ({ address, filtering }: (typeof open)[number]) =>
      isIPv4(address.address) ? filtering === best : filtering === 'endpoint-independent';
    const varies = judged.some(({ filtering }) => filtering === 'port-varies');
    this.index.remove(node);
    entry.filtering = best;
    entry.standing = best ? 'offered' : varies ? 'port-varies' : 'unreachable';
    node.needs = best ? NEEDED[best] : 2;
    node.reachable = best ? open.filter(isOffered).map(({ address }) => address) : [];
    node.place = limitKey(node.reachable[0]?.address ?? '');
    this.#place(entry);
    tellStanding(entry);
    return true;
  }
}

function tellStanding({ node, owner, standing, filtering }: Entry): void {
  owner.tell({
    type: 'node-standing',
    carrier: node.carrier,
    standing,
    ...(standing === 'offered' && { filtering }),
  });
}

function refuse(owner: NodeOwner, carrier: string, standing: NodeStanding): void {
  owner.tell({ type: 'node-standing', carrier, standing });
}

/** Those that the server may send to, spelled in the one way. */
function usableAddresses(addresses: readonly TransportAddress[], source: string): TransportAddress[] {
  return addresses.flatMap(({ address, port }) => {
    const canonical = canonicalIp(address);
    return canonical !== null && mayBeSentTo(canonical, source) ? [{ address: canonical, port }] : [];
  });
}

/** Whether two offers are reached in the same way, so that what probes showed of one holds for the other. */
function sameReach(one: NodeOffer, other: NodeOffer): boolean {
  const reach = ({ addresses, behaviour: { translated, mapping, filtering } }: NodeOffer) =>
    JSON.stringify([addresses.map(({ address, port }) => [address, port]), translated, mapping, filtering]);
  return reach(one) === reach(other);
}
