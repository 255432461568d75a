/**
 * Chromium begins every call with an estimate of 300 kbit/s. At that rate it throws the first frames away one by one
 * until the picture is small enough, which costs a quarter of a second of black. The path was checked while it rang, so a
 * better guess is fair; congestion control corrects it within a few round trips.
 */
import { START_BITRATE_KBPS } from './constants.ts';

/** Video codecs by their names in SDP; retransmission and repair formats have no bitrate of their own. */
const VIDEO_CODEC = /^a=rtpmap:(\d+) (VP8|VP9|H264|H265|AV1)\/90000$/i;

/** Their description with the bitrate our encoder starts at. Browsers that do not know the parameter ignore it. */
export function withStartBitrate(sdp: string): string {
  const lines = sdp.split('\r\n');
  const parameter = `x-google-start-bitrate=${START_BITRATE_KBPS}`;
  return lines
    .flatMap((line) => {
      const payload = VIDEO_CODEC.exec(line)?.[1];
      if (payload === undefined || lines.some((other) => other.startsWith(`a=fmtp:${payload} `)))
        return [line];
      return [line, `a=fmtp:${payload} ${parameter}`];
    })
    .map((line) => {
      const payload = /^a=fmtp:(\d+) /.exec(line)?.[1];
      const isVideo = lines.some((other) => VIDEO_CODEC.exec(other)?.[1] === payload);
      return payload !== undefined && isVideo && !line.includes(parameter) ? `${line};${parameter}` : line;
    })
    .join('\r\n');
}
