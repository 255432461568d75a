import type { FailureCode } from '../../../shared/contract.ts';

/** Something the interface asked for and may not have; its code has a sentence in every language. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: FailureCode;

  constructor(code: FailureCode) {
    super(code);
    this.code = code;
  }
}
