/** What a machine that lends its line has used and done, on disk. Its allowance hangs on it, so nothing of it is guessed or begun anew. */
import { z } from 'zod';
import type { Document } from './document.ts';
import { StoreUnreadableError } from './errors.ts';

const Count = z.number().int().min(0).default(0);

const VolunteeringRecord = z.object({
  /** When a pause ends, ms since 1970. */
  pausedUntilMs: z.number().nullable().default(null),
  /** Bytes in and out by local month (`2027-01`), with what is set aside for the next minute. No month is ever taken out. */
  months: z.record(z.string().regex(/^\d{4,6}-\d\d$/), Count).default({}),
  /** Bytes passed on by local day (`2027-01-15`). */
  days: z.record(z.string().regex(/^\d{4,6}-\d\d-\d\d$/), Count).default({}),
  /** Ever. */
  bytesForwarded: Count,
  peopleHelped: Count,
  worked: Count,
  failed: Count,
});
export type VolunteeringRecord = z.infer<typeof VolunteeringRecord>;

export class StoredVolunteering {
  readonly #document: Document;
  readonly #holdsLock: () => 'held' | 'taken-again' | 'lost';

  /** @throws StoreUnreadableError */
  constructor(document: Document, holdsLock: () => 'held' | 'taken-again' | 'lost') {
    this.#document = document;
    this.#holdsLock = holdsLock;
    this.load();
  }

  /** As it stands on disk. @throws StoreUnreadableError */
  load(): VolunteeringRecord {
    const keys = Object.keys(VolunteeringRecord.shape);
    const found = VolunteeringRecord.safeParse(
      Object.fromEntries(keys.map((key) => [key, this.#document.get(key)])),
    );
    if (!found.success) {
      const { path } = found.error.issues[0] ?? { path: [] };
      throw new StoreUnreadableError(this.#document.file, `what it says of ${path.join('.')} is damaged`);
    }
    return found.data;
  }

  /** It is on disk when the call returns. @throws StoreUnwritableError */
  save(record: VolunteeringRecord): void {
    this.#document.update(record);
  }

  /**
   * Whether what is counted here still counts: `lost` while another process has taken our folder, which happens where the two cannot see
   * each other (containers, a shared disk); `again` once when it has gone, and what it wrote is to be loaded.
   *
   * @throws StoreUnreadableError
   */
  hold(): 'ours' | 'again' | 'lost' {
    const lock = this.#holdsLock();
    if (lock !== 'taken-again') return lock === 'held' ? 'ours' : 'lost';
    this.#document.reload();
    return 'again';
  }
}
