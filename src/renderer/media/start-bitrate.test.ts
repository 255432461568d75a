import { describe, expect, it } from 'vitest';
import { withStartBitrate } from './start-bitrate.ts';

const sdp = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98',
  'a=rtpmap:96 VP8/90000',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:98 VP9/90000',
  'a=fmtp:98 profile-id=0',
  '',
].join('\r\n');

describe('the bitrate an encoder starts at', () => {
  it('is asked for each video codec, with or without parameters of its own, and for nothing else', () => {
    const lines = withStartBitrate(sdp).split('\r\n');
    expect(lines.filter((line) => line.includes('x-google'))).toEqual([
      'a=fmtp:96 x-google-start-bitrate=1200',
      'a=fmtp:98 profile-id=0;x-google-start-bitrate=1200',
    ]);
    expect(lines.filter((line) => !line.startsWith('a=fmtp:96') && !line.startsWith('a=fmtp:98'))).toEqual(
      sdp.split('\r\n').filter((line) => !line.startsWith('a=fmtp:98')),
    );
  });

  it('leaves a description without video as it is', () => {
    const audio = sdp.slice(0, sdp.indexOf('m=video'));
    expect(withStartBitrate(audio)).toBe(audio);
  });
});
