/** Frames of legs on their way to the kernel: one copy each, buffers used again, callbacks made once. */
import { CHANNEL_HEADER_BYTES } from '../sfu/constants.ts';
import { MAX_LEG_FRAMES } from './constants.ts';

/** Longest datagram on a leg, bytes: a frame of the path (4 + 1,400) inside. */
const MAX_INNER_BYTES = 1_404;

class LegFrame {
  readonly bytes = Buffer.allocUnsafeSlow(CHANNEL_HEADER_BYTES + MAX_INNER_BYTES);
  readonly sent: (error: Error | null) => void;
  #then: ((error: Error | null) => void) | undefined;

  constructor(frames: LegFrames) {
    this.sent = (error) => {
      const then = this.#then;
      this.#then = undefined;
      frames.giveBack(this);
      then?.(error);
    };
  }

  /** Writes ChannelData around `length` bytes from `offset`. Returns the frame's length, bytes. */
  fill(
    channel: number,
    inner: Buffer,
    offset: number,
    length: number,
    then?: (error: Error | null) => void,
  ): number {
    const { bytes } = this;
    const kept = Math.min(length, MAX_INNER_BYTES);
    bytes[0] = channel >>> 8;
    bytes[1] = channel & 0xff;
    bytes[2] = kept >>> 8;
    bytes[3] = kept & 0xff;
    inner.copy(bytes, CHANNEL_HEADER_BYTES, offset, offset + kept);
    this.#then = then;
    return CHANNEL_HEADER_BYTES + kept;
  }
}

export class LegFrames {
  readonly #free: LegFrame[] = [];
  #made = 0;

  /** Undefined when too many are under way. */
  take(): LegFrame | undefined {
    const frame = this.#free.pop();
    if (frame) return frame;
    if (this.#made === MAX_LEG_FRAMES) return undefined;
    this.#made++;
    return new LegFrame(this);
  }

  giveBack(frame: LegFrame): void {
    this.#free.push(frame);
  }
}
