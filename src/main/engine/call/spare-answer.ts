/** The media end that a page has made ahead for the next call that comes in. One: each serves one call. */
import type { ReadyAnswer } from '../../../shared/call.ts';
import { haveSameForm } from '../../../shared/description.ts';
import type { Description } from '../../../shared/words.ts';
import { iceCredentials } from '../tunnel/index.ts';
import { RefusedError } from './errors.ts';
import { isUsableAnswer, isUsableOffer, type ReadyEndpoint } from './line.ts';

export class SpareAnswer {
  #answer: ReadyAnswer | undefined;

  /**
   * Keeps it in place of the one before; nothing where a page has none any more.
   * @throws RefusedError DESCRIPTION_UNUSABLE
   */
  keep(answer: ReadyAnswer | undefined): void {
    this.#answer = undefined;
    if (!answer) return;
    if (!isUsableOffer(answer.offer) || !isUsableAnswer(answer.description)) {
      throw new RefusedError('DESCRIPTION_UNUSABLE');
    }
    this.#answer = answer;
  }

  /** Takes it for a call with this offer; undefined, and it stays, where it does not answer such a one. */
  takeFor(offer: Description): (ReadyEndpoint & Pick<ReadyAnswer, 'description'>) | undefined {
    const answer = this.#answer;
    if (!answer || !haveSameForm(answer.offer.sdp, offer.sdp)) return undefined;
    this.#answer = undefined;
    const { endpointId, description } = answer;
    return { endpointId, description, known: iceCredentials(answer.offer.sdp) };
  }
}
