/** Why the folder with a user's data cannot be used. Every message says what happened and what to do. */

/** A file is there but cannot be understood. It was not changed. */
export class StoreUnreadableError extends Error {
  override readonly name = 'StoreUnreadableError';
  readonly file: string;

  constructor(file: string, why: string, options?: ErrorOptions) {
    super(
      `Byway cannot read ${file}: ${why}. The file was left as it is. ` +
        'Put a good copy in its place, or move it elsewhere to start without what it holds, then start Byway again.',
      options,
    );
    this.file = file;
  }
}

/** A change could not be written. What was stored before is unharmed. */
export class StoreUnwritableError extends Error {
  override readonly name = 'StoreUnwritableError';
  readonly file: string;

  constructor(file: string, why: string, options?: ErrorOptions) {
    super(
      `Byway cannot write ${file}: ${why}. What was stored before is unharmed; this change was not made. ` +
        'Make room on the disk or let Byway write there, then try again.',
      options,
    );
    this.file = file;
  }
}

/** Another Byway works on the same folder. */
export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError';
  readonly directory: string;
  /** The process that holds it. */
  readonly pid: number;

  constructor(directory: string, pid: number) {
    super(
      `Another Byway (process ${pid}) is already using ${directory}. ` +
        'Use that one, or close it first, or start this one with a folder of its own.',
    );
    this.directory = directory;
    this.pid = pid;
  }
}

/** What a thrown value says, for the middle of a sentence. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's code of a failed call, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
