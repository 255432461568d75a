/** Frames on their way to the kernel: buffers that are used again as soon as a datagram was sent. */
import { CHANNEL_HEADER_BYTES, MAX_FRAMES, MAX_TUNNELLED_BYTES } from './constants.ts';

/** One buffer, with the callback that gives it back made once. */
export class Frame {
  readonly bytes = Buffer.allocUnsafeSlow(CHANNEL_HEADER_BYTES + MAX_TUNNELLED_BYTES);
  readonly sent: (error: Error | null) => void;

  constructor(pool: FramePool) {
    // An error is a lost datagram: consent notices when it matters.
    this.sent = () => pool.giveBack(this);
  }

  /** Writes ChannelData (RFC 8656 §12.4) and returns its length, bytes. UDP needs no padding. */
  fill(channel: number, datagram: Buffer): number {
    const { length } = datagram;
    const { bytes } = this;
    bytes[0] = channel >>> 8;
    bytes[1] = channel & 0xff;
    bytes[2] = length >>> 8;
    bytes[3] = length & 0xff;
    bytes.set(datagram, CHANNEL_HEADER_BYTES);
    return CHANNEL_HEADER_BYTES + length;
  }
}

export class FramePool {
  readonly #free: Frame[] = [];
  #made = 0;

  /** Undefined when too many are under way: the datagram is then dropped, as a full queue anywhere on the way would. */
  take(): Frame | undefined {
    const frame = this.#free.pop();
    if (frame) return frame;
    if (this.#made === MAX_FRAMES) return undefined;
    this.#made++;
    return new Frame(this);
  }

  giveBack(frame: Frame): void {
    this.#free.push(frame);
  }
}
