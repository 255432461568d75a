/** Room in nodes that was given out and is not in their own counts yet: for each user what their last question got, no more. */
import { RESERVATION_USERS } from './constants.ts';
import type { DirectoryNode } from './node.ts';

interface Reserved {
  readonly node: DirectoryNode;
  readonly atMs: number;
}

export class Reservations {
  readonly #byUser = new Map<string, Reserved[]>();

  /** A user asks anew: what the question before was given is free again, or somebody who only asks would fill every node. */
  release(userId: string): void {
    for (const { node, atMs } of this.#byUser.get(userId) ?? []) node.release(atMs);
    this.#byUser.delete(userId);
  }

  reserve(userId: string, node: DirectoryNode, nowMs: number): void {
    node.reserve(nowMs);
    const reserved = this.#byUser.get(userId) ?? [];
    reserved.push({ node, atMs: nowMs });
    this.#byUser.set(userId, reserved);
    if (this.#byUser.size <= RESERVATION_USERS) return;
    const [oldest] = this.#byUser.keys();
    if (oldest !== undefined) this.#byUser.delete(oldest); // Its room is free when its time is over.
  }
}
