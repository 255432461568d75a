/** What an allocation talks to its server over: UDP, or a connection. */

export interface TurnLink {
  /** Nothing sent is lost while it stands: requests are not repeated, and ChannelData is padded (RFC 8656 §12.5). */
  readonly isStream: boolean;
  /** Sends `length` bytes from the start of `bytes`, which may be used again only after `sent`. */
  send(bytes: Buffer, length: number, sent?: (error: Error | null) => void): void;
  /** After what was just given to it has gone out. Twice is fine. */
  closeSoon(): void;
}

export interface TurnLinkHandlers {
  /** STUN or ChannelData, whole. The bytes may be kept and must not be changed. */
  readonly onUnit: (unit: Buffer) => void;
  /** Once, when it is gone and was not closed by us. */
  readonly onGone: (reason: TurnLinkEnd) => void;
}

export type TurnLinkEnd =
  /** Nobody is there, or not any more. */
  | 'gone'
  /** Its certificate is not the server's, or of nobody we trust. */
  | 'not-trusted';
