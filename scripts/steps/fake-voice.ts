/**
 * A voice for Chromium's fake microphone. Two users of one machine must not sound alike: Chromium's own beep, heard and
 * spoken at once, is an echo to its echo canceller and is taken out.
 */
import { writeFile } from 'node:fs/promises';

const SAMPLE_RATE = 48_000;
const SECONDS = 8;
/** A syllable and the pause after it, ms: noise suppression takes out what never pauses. */
const SYLLABLE_MS = 180;
const PAUSE_MS = 110;
const LOUDNESS = 0.45;
const HEADER_BYTES = 44;

/** Writes a WAV file of `SECONDS` of gliding syllables around a voice's pitch in Hz; Chromium plays it in a loop. */
export async function writeFakeVoice(file: string, pitchHz: number): Promise<void> {
  const samples = SAMPLE_RATE * SECONDS;
  const bytes = Buffer.alloc(HEADER_BYTES + samples * 2);
  writeHeader(bytes, samples);
  const period = ((SYLLABLE_MS + PAUSE_MS) * SAMPLE_RATE) / 1_000;
  const voiced = (SYLLABLE_MS * SAMPLE_RATE) / 1_000;
  let phase = 0;
  for (let at = 0; at < samples; at++) {
    const syllable = Math.floor(at / period);
    const inside = at % period;
    // Each syllable glides up or down from a pitch of its own, so that no two follow each other alike.
    const start = pitchHz * (1 + ((syllable * 7) % 5) * 0.13);
    const glide = 1 + (syllable % 2 === 0 ? 0.35 : -0.25) * (inside / voiced);
    phase += (2 * Math.PI * start * glide) / SAMPLE_RATE;
    const envelope = inside < voiced ? Math.sin((Math.PI * inside) / voiced) : 0;
    const tone =
      Math.sin(phase) + 0.5 * Math.sin(2 * phase) + 0.3 * Math.sin(3 * phase) + 0.2 * Math.sin(5 * phase);
    bytes.writeInt16LE(Math.round((tone / 2) * envelope * LOUDNESS * 0x7fff), HEADER_BYTES + at * 2);
  }
  await writeFile(file, bytes);
}

/** RIFF WAVE, PCM, one channel, 16 bit. */
function writeHeader(bytes: Buffer, samples: number): void {
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(SAMPLE_RATE, 24);
  bytes.writeUInt32LE(SAMPLE_RATE * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples * 2, 40);
}
