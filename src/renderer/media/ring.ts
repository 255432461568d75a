/** Ring and ringback, synthesised: two soft bells for a call that comes in, a low double pulse for one that goes out. */

type Note = readonly [atS: number, frequencyHz: number, lengthS: number];

const INCOMING: readonly Note[] = [
  [0, 659.3, 0.9],
  [0.18, 880, 0.9],
  [0.36, 987.8, 1.2],
  [0.9, 659.3, 0.9],
  [1.08, 880, 1.2],
];
const INCOMING_EVERY_MS = 3_000;
const OUTGOING: readonly Note[] = [
  [0, 392, 0.5],
  [0.5, 392, 0.5],
];
const OUTGOING_EVERY_MS = 3_600;
/** Loudness of the peak, 0 to 1: heard across a room, and not startling. */
const INCOMING_GAIN = 0.16;
const OUTGOING_GAIN = 0.05;

/** From the last sample that was made until it has left the speaker, ms. */
const FADE_MS = 240;

/** Starts ringing until the returned function is called. A page that may not make sound yet stays silent. */
export function startRing(kind: 'incoming' | 'outgoing'): () => void {
  const audio = new AudioContext();
  const [notes, everyMs, gain] =
    kind === 'incoming'
      ? [INCOMING, INCOMING_EVERY_MS, INCOMING_GAIN]
      : [OUTGOING, OUTGOING_EVERY_MS, OUTGOING_GAIN];
  const play = () => {
    // Browsers keep a page silent until its person has touched it; the bells then begin with the next round.
    if (audio.state !== 'running') return;
    for (const note of notes) strike(audio, note, gain);
  };
  if (navigator.userActivation?.hasBeenActive !== false) audio.resume().then(play, notNow);
  // Answered or declined before the sound card was there.
  function notNow(error: unknown): void {
    console.info('It does not ring aloud:', error);
  }
  const timer = setInterval(play, everyMs);
  return () => {
    clearInterval(timer);
    if (audio.state !== 'closed') void audio.close();
  };
}

/** One short bell, to hear whether the speaker works. `speakerId` is empty for the system's choice. */
export async function playTestSound(speakerId: string): Promise<void> {
  const audio = new AudioContext();
  try {
    if (speakerId !== '' && 'setSinkId' in audio && typeof audio.setSinkId === 'function') {
      await audio.setSinkId(speakerId);
    }
    const notes = INCOMING.slice(0, 3);
    for (const note of notes) strike(audio, note, INCOMING_GAIN);
    const lengthS = Math.max(...notes.map(([atS, , noteS]) => atS + noteS));
    await new Promise((resolve) => setTimeout(resolve, lengthS * 1_000 + FADE_MS));
  } finally {
    // Also when the chosen speaker is gone: browsers allow only a few of these at a time.
    await audio.close();
  }
}

function strike(audio: AudioContext, [atS, frequencyHz, lengthS]: Note, peak: number): void {
  const start = audio.currentTime + atS;
  for (const [partial, share] of [
    [1, 1],
    [2, 0.35],
    [3.01, 0.12],
  ] as const) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = frequencyHz * partial;
    loudness.gain.setValueAtTime(0.0001, start);
    loudness.gain.exponentialRampToValueAtTime(peak * share, start + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + lengthS / partial);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start);
    tone.stop(start + lengthS);
  }
}
