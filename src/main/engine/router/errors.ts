/** Why a router gave no mapping. */

/** The router answered that it will not map. */
export class RouterRefusedError extends Error {
  override readonly name = 'RouterRefusedError';

  /** @param code the protocol's own number for the reason */
  constructor(code: number) {
    super(
      `The router refuses to map the port (code ${code}). Port mapping may be switched off in its settings.`,
    );
  }
}

/** The router answered before, and does not now. */
export class RouterSilentError extends Error {
  override readonly name = 'RouterSilentError';

  constructor(options?: ErrorOptions) {
    super('The router does not answer any more.', options);
  }
}

/** The router's answer is not what the protocol allows, or is larger than any honest one. */
export class RouterAnswerError extends Error {
  override readonly name = 'RouterAnswerError';

  constructor(what: string) {
    super(`The router's answer cannot be believed: ${what}.`);
  }
}
