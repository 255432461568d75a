/** What a person does to a call. What it needs of the media begins in the same click, beside the question to the engine. */

import type { MediaKind } from '../../shared/words.ts';
import { engine } from '../app/engine.ts';
import { failed } from '../app/failures.ts';
import { media } from '../media/current.ts';
import { mark } from '../media/instruments.ts';
import { markPlaced } from '../media/session.ts';

export async function placeCall(userId: string, kind: MediaKind): Promise<void> {
  markPlaced();
  const placed = engine().calls.place({ userId, media: kind, offer: media.takeOffer() });
  media.open(kind);
  try {
    await placed;
  } catch (error) {
    media.end();
    failed(error);
  }
}

export async function answerCall(callId: string, kind: MediaKind): Promise<void> {
  mark('answeredAt');
  const answered = engine().calls.answer({ callId, media: kind });
  media.open(kind);
  await answered.catch(failed);
}

export const declineCall = (callId: string): Promise<void> =>
  engine().calls.decline({ callId }).catch(failed);
export const hangUp = (callId: string): Promise<void> => engine().calls.hangUp({ callId }).catch(failed);
export const dismissCall = (callId: string): Promise<void> =>
  engine().calls.dismiss({ callId }).catch(failed);
export const clearRecent = (): Promise<void> => engine().calls.clearRecent().catch(failed);
