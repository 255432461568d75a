/** Why a microphone or camera cannot be used, as a key that the interface has a sentence for. */
export type CaptureProblem = 'none' | 'denied' | 'in-use' | 'unplugged' | 'failed';

/** From the name of the DOMException that getUserMedia gave (Media Capture and Streams §10.2.4). */
export function captureProblem(error: unknown): CaptureProblem {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotReadableError':
    case 'AbortError':
      return 'in-use';
    default:
      return 'failed';
  }
}
