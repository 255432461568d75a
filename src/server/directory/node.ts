/** A node as the directory knows it: whose it is, where, how it is reached, and how much of it is free. */
import type { NodeOffer } from '../../shared/rendezvous.ts';
import type { TransportAddress } from '../../shared/words.ts';
import { RESERVATION_MS } from './constants.ts';
import type { Position } from './distance.ts';
import type { Knowledge } from './reach.ts';

export class DirectoryNode {
  /** As base64url. */
  readonly carrier: string;
  readonly userId: string;
  offer: NodeOffer;
  position: Position;
  /** Where guests are sent, once probes have shown that they reach it there. */
  reachable: readonly TransportAddress[] = [];
  /** What its reputation goes by: the first of those addresses, as limits count it. A name could be changed at will. */
  place = '';
  /** What it must know of a guest. */
  needs: Knowledge = 2;
  /** What its reputation costs it in the ranking, ms; read when it is about to be chosen. */
  demotionMs: (nowMs: number) => number = () => 0;
  /** When each bridge was given out that the offer does not count yet, oldest first. */
  readonly #reservedAtMs: number[] = [];
  /** The place in its cell of the index, kept by the index. */
  cell = -1;
  slot = -1;

  constructor(userId: string, offer: NodeOffer, position: Position) {
    this.carrier = offer.carrier;
    this.userId = userId;
    this.offer = offer;
    this.position = position;
  }

  /** A newer offer counts what was reserved. */
  update(offer: NodeOffer, position: Position): void {
    this.offer = offer;
    this.position = position;
    this.#reservedAtMs.length = 0;
  }

  /** Bridges of a rate that it could still take; fractions included. @param kbitPerS what one bridge may need */
  freeBridges(kbitPerS: number, nowMs: number): number {
    const { capacity, load } = this.offer;
    const firstKept = this.#reservedAtMs.findIndex((atMs) => nowMs - atMs <= RESERVATION_MS);
    if (firstKept !== 0) this.#reservedAtMs.splice(0, firstKept < 0 ? this.#reservedAtMs.length : firstKept);
    const reserved = this.#reservedAtMs.length;
    const bridges = capacity.bridges - load.bridges - reserved;
    const byRate = (capacity.kbitPerS - load.kbitPerS) / kbitPerS - reserved;
    return Math.max(0, Math.min(bridges, byRate));
  }

  reserve(nowMs: number): void {
    this.#reservedAtMs.push(nowMs);
  }

  /** Gives up what was reserved at that moment, if it still counts. */
  release(atMs: number): void {
    const index = this.#reservedAtMs.indexOf(atMs);
    if (index >= 0) this.#reservedAtMs.splice(index, 1);
  }
}
