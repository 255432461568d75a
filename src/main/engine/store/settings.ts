/** Settings on disk: what was chosen. What was not is the default of the running version. */
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

const keys = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];

export class StoredSettings {
  readonly #document: Document;
  /** Keys whose stored value this version does not understand; the default counts, the value stays on disk. */
  readonly unreadable: readonly string[];

  constructor(document: Document) {
    this.#document = document;
    this.unreadable = keys.filter((key) => {
      const value = document.get(key);
      return value !== undefined && !Settings.shape[key].safeParse(value).success;
    });
  }

  get(): Settings {
    const stored = keys.flatMap((key) => {
      const parsed = Settings.shape[key].safeParse(this.#document.get(key));
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
    this.#document.update(Object.fromEntries(chosen));
    return this.get();
  }
}
