/** Why an envelope was not believed or not sent. */
import type { RefusalReason } from '../../../shared/rendezvous.ts';

export type EnvelopeErrorKind =
  /** For another user or another machine. */
  | 'not-for-us'
  /** Not sealed by the one it names, or changed on the way. */
  | 'forged'
  /** Opened before, or by the other of its two roads. */
  | 'replayed'
  /** Older than its kind may be, or from the future. */
  | 'stale'
  /** Sealed well, but its content is no signal; or a header that nobody honest makes. */
  | 'malformed';

/** An envelope that is not to be believed. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly kind: EnvelopeErrorKind;

  constructor(kind: EnvelopeErrorKind, options?: ErrorOptions) {
    super(`an envelope was not believed: ${kind}`, options);
    this.kind = kind;
  }
}

/** A signal that cannot be sealed: too large, or for a user ID that is no key. */
export class EnvelopeUnsealableError extends Error {
  override readonly name = 'EnvelopeUnsealableError';
}

export type SendFailure =
  /** The server could not be reached, or said nothing, within the time for it. */
  | 'timeout'
  /** The server would not take it; `refusal` says why. */
  | 'refused'
  /** Too many are waiting already. */
  | 'too-many'
  /** The caller gave up. */
  | 'aborted'
  /** The connection was stopped. */
  | 'stopped';

/** An envelope of which the server has not said that it took it. It may have arrived all the same. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly failure: SendFailure;
  readonly refusal: RefusalReason | undefined;

  constructor(failure: SendFailure, refusal?: RefusalReason) {
    super(`an envelope was not sent: ${refusal ?? failure}`);
    this.failure = failure;
    this.refusal = refusal;
  }
}
