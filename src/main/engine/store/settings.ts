/** Settings on disk: what was chosen. What was not is the default of the running version. */
import { z } from 'zod';
import { Settings } from '../../../shared/app.ts';
import type { Document } from './document.ts';

export const DEFAULT_SETTINGS: Settings = {
  serverUrl: '',
  theme: 'system',
  language: '',
  microphoneId: '',
  cameraId: '',
  speakerId: '',
  ringtone: true,
  routerMappings: true,
  hideAddress: false,
  // 10 Mbit/s is what many home lines can send; a video call through here takes 2 x 2.5 of them, its ticket allows 2 x 4.
  volunteer: {
    enabled: false,
    bridges: 4,
    upKbitPerS: 10_000,
    downKbitPerS: 10_000,
    lineUpKbitPerS: null,
    linePercent: 50,
    monthlyGB: null,
    schedule: null,
    idleMinutes: null,
    onlyOnMains: true,
    onlyUnmetered: true,
    neverOn: [],
  },
  volunteerAsked: false,
};

/** Before there were two caps there was one, and nothing of the rules. */
const EarlierVolunteer = z.looseObject({ kbitPerS: z.number() });

const keys = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];

export class StoredSettings {
  readonly #document: Document;
  /** Keys whose stored value this version does not understand; the default counts, the value stays on disk. */
  readonly unreadable: readonly string[];

  constructor(document: Document) {
    this.#document = document;
    this.unreadable = keys.filter((key) => {
      const value = this.#stored(key);
      return value !== undefined && !Settings.shape[key].safeParse(value).success;
    });
  }

  get(): Settings {
    const stored = keys.flatMap((key) => {
      const parsed = Settings.shape[key].safeParse(this.#stored(key));
      return parsed.success ? [[key, parsed.data]] : [];
    });
    return { ...DEFAULT_SETTINGS, ...Object.fromEntries(stored) };
  }

  /**
   * @returns all settings as they stand now
   * @throws ZodError for a value outside the schema, StoreUnwritableError
   */
  update(changes: Partial<Settings>): Settings {
    const checked = Settings.partial().parse(changes);
    const chosen = Object.entries(checked).filter(([, value]) => value !== undefined);
    const kept = checked.volunteer && { volunteer: { ...this.#object('volunteer'), ...checked.volunteer } };
    this.#document.update({ ...Object.fromEntries(chosen), ...kept });
    return this.get();
  }

  /** A part of the rules that is not there yet is as it is at first. */
  #stored(key: keyof Settings): unknown {
    const value = this.#document.get(key);
    if (key !== 'volunteer' || value === undefined) return value;
    const earlier = EarlierVolunteer.safeParse(value);
    const caps = earlier.success && {
      upKbitPerS: earlier.data.kbitPerS,
      downKbitPerS: earlier.data.kbitPerS,
    };
    const known = this.#object(key);
    return known ? { ...DEFAULT_SETTINGS.volunteer, ...caps, ...known } : value;
  }

  #object(key: keyof Settings): Record<string, unknown> | undefined {
    const found = z.looseObject({}).safeParse(this.#document.get(key));
    return found.success ? found.data : undefined;
  }
}
