/** What we show of our own microphone and camera, and what the other side takes it for. */
import type { MediaKind, MediaState } from '../../../shared/words.ts';

export class OwnMedia {
  #state: MediaState;
  #believed: MediaState;

  /** @param media what the invitation is for, which is what both sides begin with */
  constructor(media: MediaKind) {
    this.#state = this.#believed = beginning(media);
  }

  /** Our answer says so with these media. */
  beginWith(media: MediaKind): void {
    this.#state = this.#believed = beginning(media);
  }

  become(state: MediaState): void {
    this.#state = state;
  }

  /** What the other side has to be told, once; nothing where it knows. */
  takeNews(): MediaState | undefined {
    const { microphone, camera } = this.#believed;
    if (this.#state.microphone === microphone && this.#state.camera === camera) return undefined;
    this.#believed = this.#state;
    return this.#state;
  }
}

function beginning(media: MediaKind): MediaState {
  return { microphone: true, camera: media === 'video' };
}
