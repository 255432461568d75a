/** Rules that whoever started this program gave for this run: they count before the stored settings and are not written there. */
import type { Settings } from '../../../shared/app.ts';
import type { VolunteerSettings } from '../../../shared/volunteer.ts';
import type { Store } from '../store/index.ts';

type Rules = VolunteerSettings;
type Key = keyof Rules;

/** The settings that count in this run. */
export class RunSettings {
  readonly #stored: Store['settings'];
  #rules: Partial<Rules>;

  constructor(stored: Store['settings'], rules: Partial<Rules> = {}) {
    this.#stored = stored;
    this.#rules = rules;
  }

  get(): Settings {
    const stored = this.#stored.get();
    return { ...stored, volunteer: { ...stored.volunteer, ...this.#rules } };
  }

  /**
   * The user has chosen, with what counts before their eyes. Of volunteering, what they changed is stored and counts from now on; what they
   * left as it was stays this run's, unless they changed nothing at all and so said yes to everything.
   *
   * @throws ZodError for a value outside the schema, StoreUnwritableError
   */
  update({ volunteer, ...others }: Partial<Settings>): void {
    if (!volunteer) {
      this.#stored.update(others);
      return;
    }
    const before = this.get().volunteer;
    const isKept = (key: Key) => isSame(volunteer[key], before[key]);
    const isConfirmed = keysOf(volunteer).every(isKept);
    const rules = pick(this.#rules, (key) => isKept(key) && !isConfirmed);
    const stored = pick(this.#stored.get().volunteer, (key) => key in rules);
    this.#stored.update({ ...others, volunteer: { ...volunteer, ...stored } });
    this.#rules = rules;
  }
}

function keysOf(rules: Partial<Rules>): Key[] {
  return Object.keys(rules) as Key[];
}

function pick(rules: Partial<Rules>, isWanted: (key: Key) => boolean): Partial<Rules> {
  return Object.fromEntries(Object.entries(rules).filter(([key]) => isWanted(key as Key)));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
