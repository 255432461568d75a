/** Why a link or a spelled ID was not taken. The interface has a sentence for each. */

/** Not a Byway link or a spelled ID at all, or a part of it is missing. */
export class LinkUnreadableError extends Error {
  override readonly name = 'LinkUnreadableError';
}

/** It looks like one, but at least one character is wrong. */
export class LinkChecksumError extends Error {
  override readonly name = 'LinkChecksumError';
}
