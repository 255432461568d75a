/** How loud a microphone is, for the bar that shows it. */

/** Calls back about 20 times a second with a level from 0 to 1. Returns what ends it. */
export function followLevel(track: MediaStreamTrack, heard: (level: number) => void): () => void {
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 1024;
  audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    heard(levelOf(samples));
  }, 50);
  return () => {
    clearInterval(timer);
    if (audio.state !== 'closed') void audio.close();
  };
}

/** From samples to a bar: -60 dBFS is empty, -6 dBFS is full. */
export function levelOf(samples: ArrayLike<number>): number {
  let energy = 0;
  for (let index = 0; index < samples.length; index++) energy += (samples[index] ?? 0) ** 2;
  const decibel = 10 * Math.log10(energy / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, (decibel + 60) / 54));
}
