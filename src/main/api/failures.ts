/** Turns a refusal of the engine into one the contract names, so that the interface can say it in a sentence. */
import { ORPCError } from '@orpc/server';
import { RefusedError } from '../engine/call/index.ts';

/** @throws ORPCError with the refusal's code; anything else passes through and reaches the interface as unknown. */
export async function refusable<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefusedError) throw new ORPCError(error.code, { defined: true });
    throw error;
  }
}
