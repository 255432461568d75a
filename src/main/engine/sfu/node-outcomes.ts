/** How the bridges of a node turned out: those that carried something both ways, and those whose second side never came. */
import type { Bridge, Leg } from './bridge.ts';
import type { Bridges } from './bridges.ts';
import { HALF_OPEN_MS } from './constants.ts';

/** A leg keeps its counters when it is gone from the bridge. */
interface Course {
  A: Leg | undefined;
  B: Leg | undefined;
  worked: boolean;
}

export class NodeOutcomes {
  readonly #bridges: Bridges;
  readonly #courses = new Map<Bridge, Course>();
  worked = 0;
  failed = 0;

  constructor(bridges: Bridges) {
    this.#bridges = bridges;
  }

  /** A bridge was made, became whole or is gone, or time has passed. */
  look(nowMs: number): void {
    const present = new Set(this.#bridges.all());
    for (const bridge of present) {
      const { A, B } = bridge.legs;
      const course = this.#courses.get(bridge) ?? { A, B, worked: false };
      course.A = A ?? course.A;
      course.B = B ?? course.B;
      this.#courses.set(bridge, course);
      this.#judge(course);
    }
    for (const [bridge, course] of this.#courses) {
      if (present.has(bridge)) continue;
      this.#judge(course);
      // Whoever leaves sooner has found a better way; that says nothing of this one.
      if (!bridge.carried && nowMs - bridge.madeAtMs >= HALF_OPEN_MS) this.failed++;
      this.#courses.delete(bridge);
    }
  }

  #judge(course: Course): void {
    if (course.worked || !course.A?.bytesForwarded || !course.B?.bytesForwarded) return;
    course.worked = true;
    this.worked++;
  }
}
