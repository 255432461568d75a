/** Turns a refusal of the engine into one the contract names, so that the interface can say it in a sentence. */
import { ORPCError } from '@orpc/server';
import type { FailureCode } from '../../shared/contract.ts';
import { RefusedError } from '../engine/call/index.ts';
import { StoreUnwritableError } from '../engine/store/index.ts';

/** @throws ORPCError with the refusal's code; anything else passes through and reaches the interface as unknown. */
export async function refusable<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const code = failureCode(error);
    if (code) throw new ORPCError(code, { defined: true, cause: error });
    throw error;
  }
}

function failureCode(error: unknown): FailureCode | undefined {
  if (error instanceof RefusedError) return error.code;
  if (error instanceof StoreUnwritableError) return 'STORE_UNWRITABLE';
  return undefined;
}
