/**
 * A round world for choices of nodes: people live in cities, distances are great circles at two thirds of the speed of light with
 * detours, and everybody has a last mile. So round trips between any two are known, and what landmarks tell of them can be judged.
 */
import { LandmarkNames, type Position } from '../directory/distance.ts';
import { DirectoryNode } from '../directory/node.ts';
import type { Knowledge } from '../directory/reach.ts';

export interface Place {
  /** Unit vector from the middle of the earth. */
  readonly at: readonly [number, number, number];
  readonly lastMileMs: number;
}

/** Radius of the earth, km; light in fibre goes 200 km/ms, and cables take about 1.6 times the straight way (a round trip is two). */
const EARTH_KM = 6_371;
const MS_PER_KM = (2 * 1.6) / 200;

export function rttBetween(one: Place, other: Place): number {
  const cosine = one.at.reduce((sum, value, axis) => sum + value * (other.at[axis] ?? 0), 0);
  const km = EARTH_KM * Math.acos(Math.min(1, Math.max(-1, cosine)));
  return km * MS_PER_KM + one.lastMileMs + other.lastMileMs;
}

export class World {
  readonly chance: () => number;
  readonly landmarks: readonly Place[];
  readonly names: LandmarkNames;
  readonly #cities: readonly Place['at'][];

  constructor(seed: number, landmarks: number, cities = 60) {
    this.chance = seeded(seed);
    this.#cities = Array.from({ length: cities }, () => this.#anywhere());
    this.landmarks = Array.from({ length: landmarks }, () => ({ ...this.place(), lastMileMs: 0.5 }));
    this.names = new LandmarkNames(this.landmarks.map((_, index) => [`landmark-${index}:3478`]));
  }

  /** Somewhere within 200 km of a city, the first ones larger; 1 to 20 ms of last mile. */
  place(): Place {
    const index = Math.floor(this.#cities.length * this.chance() ** 2);
    const city = this.#cities[index] ?? [1, 0, 0];
    const near = city.map((value) => value + ((this.chance() - 0.5) * 400) / EARTH_KM);
    return { at: normal(near), lastMileMs: 1 + 19 * this.chance() ** 3 };
  }

  /** As measured: within 5 % of the truth, and above. */
  measured(place: Place): { server: string; rttMs: number }[] {
    return this.landmarks.map((landmark, index) => ({
      server: `landmark-${index}:3478`,
      rttMs: rttBetween(place, landmark) * (1 + 0.05 * this.chance()),
    }));
  }

  position(place: Place): Position {
    return this.names.position(this.measured(place));
  }

  /** A node of a user of its own that was reached and has room. */
  node(index: number, place: Place, needs: Knowledge): DirectoryNode {
    const landmarks = this.measured(place);
    const bridges = 1 + Math.floor(8 * this.chance());
    const offer = {
      carrier: `node-${index}`,
      addresses: [],
      behaviour: { translated: true },
      capacity: { bridges, kbitPerS: bridges * 8_000 },
      load: { bridges: 0, kbitPerS: 0 },
      version: 1,
      landmarks,
    };
    const node = new DirectoryNode(`user-${index}`, offer, this.names.position(landmarks));
    node.needs = needs;
    return node;
  }

  #anywhere(): Place['at'] {
    const z = 2 * this.chance() - 1;
    const angle = 2 * Math.PI * this.chance();
    const radius = Math.sqrt(1 - z * z);
    return [radius * Math.cos(angle), radius * Math.sin(angle), z];
  }
}

function normal(vector: readonly number[]): Place['at'] {
  const length = Math.hypot(...vector);
  const [x = 1, y = 0, z = 0] = vector.map((value) => value / length);
  return [x, y, z];
}

/** Mulberry32: the same chances for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
