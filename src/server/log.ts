/** What may stand in a log line about a person: enough to follow one connection, too little to know who it is. */

const SHOWN_CHARACTERS = 6;

/** The beginning of a user or device ID. Full ones are never logged. */
export function shortId(id: string): string {
  return `${id.slice(0, SHOWN_CHARACTERS)}…`;
}
