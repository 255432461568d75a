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
  /** What it must know of a guest. */
  needs: Knowledge = 2;
  /** What its reputation costs it in the ranking, ms; read when it is about to be chosen. */
  demotionMs: (nowMs: number) => number = () => 0;
  #reserved = 0;
  #reservedAtMs = 0;
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
    this.#reserved = 0;
  }

  /** Bridges of a rate that it could still take; fractions included. @param kbitPerS what one bridge may need */
  freeBridges(kbitPerS: number, nowMs: number): number {
    const { capacity, load } = this.offer;
    if (this.#reserved > 0 && nowMs - this.#reservedAtMs > RESERVATION_MS) this.#reserved = 0;
    const bridges = capacity.bridges - load.bridges - this.#reserved;
    const byRate = (capacity.kbitPerS - load.kbitPerS) / kbitPerS - this.#reserved;
    return Math.max(0, Math.min(bridges, byRate));
  }

  reserve(nowMs: number): void {
    this.#reserved++;
    this.#reservedAtMs = nowMs;
  }
}
