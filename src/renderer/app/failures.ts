/** From what went wrong to the one sentence that says what to do. */
import { ORPCError } from '@orpc/client';
import i18next from 'i18next';
import { toast } from 'sonner';
import { EngineAwayError } from './errors.ts';

/** The key of the sentence in `failure.*`. */
export function failureKey(error: unknown): string {
  if (error instanceof EngineAwayError) return 'ENGINE_AWAY';
  if (error instanceof ORPCError && error.defined && i18next.exists(`failure.${error.code}`))
    return error.code;
  return 'UNKNOWN';
}

export const failureSentence = (error: unknown): string => i18next.t(`failure.${failureKey(error)}`);

/** Shows the sentence. */
export function failed(error: unknown): void {
  console.info('Refused:', error);
  toast.error(failureSentence(error));
}
