/**
 * What the person chose in the call of this moment, kept over a reload of the page: a microphone that was muted and a
 * camera that was off must never come on by themselves.
 */

export interface KeptChoice {
  muted: boolean;
  camera: boolean;
}

const KEY = 'byway.call-choice';

/** Notes the choice for this call; that of an earlier call is forgotten. */
export function keepChoice(storage: Pick<Storage, 'setItem'>, callId: string, choice: KeptChoice): void {
  storage.setItem(KEY, JSON.stringify({ callId, muted: choice.muted, camera: choice.camera }));
}

/** The choice made in this call by a page before this one; undefined where there is none, or nothing legible. */
export function keptChoice(storage: Pick<Storage, 'getItem'>, callId: string): KeptChoice | undefined {
  const text = storage.getItem(KEY);
  if (text === null) return undefined;
  try {
    const kept: unknown = JSON.parse(text);
    if (typeof kept !== 'object' || kept === null) return undefined;
    if (!('callId' in kept) || kept.callId !== callId) return undefined;
    if (!('muted' in kept) || !('camera' in kept)) return undefined;
    return { muted: kept.muted !== false, camera: kept.camera === true };
  } catch {
    // Not ours, or cut short: as if nothing had been kept.
    return undefined;
  }
}
