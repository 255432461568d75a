import { implement } from '@orpc/server';
import { contract } from '../../shared/contract.ts';

/** The contract, ready to have its handlers filled in. */
export const implementer = implement(contract);
export type Implementer = typeof implementer;
