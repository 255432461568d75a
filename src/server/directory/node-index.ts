/**
 * All nodes that calls may be sent to, in cells: by what they must know of a guest, by their nearest landmark, and by how far that
 * is. A choice looks at the middle of each cell, and closely only at some nodes of the cells that come out best.
 */
import { CANDIDATES, CANDIDATES_PER_CELL, DISTANCE_CLASSES_MS, FILTER_PENALTY_MS } from './constants.ts';
import { estimateRtt, nearestLandmark, type Position } from './distance.ts';
import type { DirectoryNode } from './node.ts';
import type { Knowledge } from './reach.ts';

const CLASSES = DISTANCE_CLASSES_MS.length + 1;

/** Nodes that are alike, and the middle of them. */
class Cell {
  readonly nodes: DirectoryNode[] = [];
  readonly needs: Knowledge;
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  readonly middle: Position;

  constructor(needs: Knowledge, landmarks: number) {
    this.needs = needs;
    this.#sums = new Float64Array(landmarks);
    this.#counts = new Float64Array(landmarks);
    this.middle = new Float64Array(landmarks).fill(Number.POSITIVE_INFINITY);
  }

  add(node: DirectoryNode): void {
    node.slot = this.nodes.push(node) - 1;
    this.#weigh(node.position, 1);
  }

  remove(node: DirectoryNode): void {
    const last = this.nodes.pop();
    if (last && last !== node) {
      this.nodes[node.slot] = last;
      last.slot = node.slot;
    }
    this.#weigh(node.position, -1);
  }

  #weigh(position: Position, sign: 1 | -1): void {
    for (let index = 0; index < position.length; index++) {
      const rttMs = position[index] as number;
      if (rttMs === Number.POSITIVE_INFINITY) continue;
      const count = (this.#counts[index] as number) + sign;
      const sum = count === 0 ? 0 : (this.#sums[index] as number) + sign * rttMs;
      this.#counts[index] = count;
      this.#sums[index] = sum;
      this.middle[index] = count === 0 ? Number.POSITIVE_INFINITY : sum / count;
    }
  }
}

export class NodeIndex {
  readonly #landmarks: number;
  /** Made when the first node falls into one. */
  readonly #cells = new Map<number, Cell>();
  #size = 0;

  constructor(landmarks: number) {
    this.#landmarks = landmarks;
  }

  get size(): number {
    return this.#size;
  }

  /** Its position and needs stay as they are while it is in. */
  add(node: DirectoryNode): void {
    if (node.cell >= 0) return;
    node.cell = this.#cellOf(node);
    let cell = this.#cells.get(node.cell);
    if (!cell) {
      cell = new Cell(node.needs, this.#landmarks);
      this.#cells.set(node.cell, cell);
    }
    cell.add(node);
    this.#size++;
  }

  /** Twice is fine. */
  remove(node: DirectoryNode): void {
    if (node.cell < 0) return;
    const cell = this.#cells.get(node.cell);
    cell?.remove(node);
    if (cell?.nodes.length === 0) this.#cells.delete(node.cell);
    node.cell = -1;
    this.#size--;
  }

  /**
   * Nodes worth a close look for a pair of ends, the likeliest cells first.
   *
   * @param knowledge the least that is known of either end
   * @param chance from 0 to below 1
   */
  candidates(
    one: Position,
    other: Position,
    knowledge: Knowledge,
    chance: () => number,
    isEligible: (node: DirectoryNode) => boolean,
  ): DirectoryNode[] {
    const ranked: { cell: Cell; costMs: number }[] = [];
    for (const cell of this.#cells.values()) {
      if (cell.needs > knowledge) continue;
      const costMs = estimateRtt(one, cell.middle) + estimateRtt(other, cell.middle);
      ranked.push({ cell, costMs: costMs + (FILTER_PENALTY_MS[cell.needs] ?? 0) });
    }
    ranked.sort((a, b) => a.costMs - b.costMs);
    const found: DirectoryNode[] = [];
    for (const { cell } of ranked) {
      if (found.length >= CANDIDATES) break;
      takeSome(cell.nodes, chance, isEligible, found);
    }
    return found;
  }

  #cellOf({ position, needs }: DirectoryNode): number {
    const landmark = nearestLandmark(position);
    const rttMs = position[landmark] ?? Number.POSITIVE_INFINITY;
    const beyond = DISTANCE_CLASSES_MS.findIndex((upperMs) => rttMs < upperMs);
    const distance = beyond < 0 ? CLASSES - 1 : beyond;
    return (needs * (this.#landmarks + 1) + landmark + 1) * CLASSES + distance;
  }
}

/** Every `stride`th node from a start by chance, so that all have their turn; ineligible ones are passed over. */
function takeSome(
  nodes: readonly DirectoryNode[],
  chance: () => number,
  isEligible: (node: DirectoryNode) => boolean,
  found: DirectoryNode[],
): void {
  const looks = Math.min(nodes.length, CANDIDATES_PER_CELL * 4);
  const stride = nodes.length / looks;
  const start = chance() * nodes.length;
  let taken = 0;
  for (let look = 0; look < looks && taken < CANDIDATES_PER_CELL; look++) {
    const node = nodes[Math.floor(start + look * stride) % nodes.length];
    if (!node || !isEligible(node)) continue;
    found.push(node);
    taken++;
  }
}
