/**
 * Signals as two Byways say them, for the dictionary of `compression.ts`: what stands here costs next to nothing in an envelope. A media end
 * that writes other lines, as another Chromium may, is understood as well; its envelopes are some hundred bytes larger.
 *
 * Every byte of it is part of the protocol. Those of a kind stand side by side, the commonest last: near matches are the shorter ones.
 */
import type { PathParameters, Signal } from '../../../shared/signal.ts';

const CALL_ID = 'AAAAAAAAAAAAAAAAAAAAAA';
const UFRAG = 'AAAAAAAA';
const KEY = 'A'.repeat(43);
const TICKET = 'A'.repeat(292);

const CARRIERS: Signal = {
  type: 'carriers',
  callId: CALL_ID,
  ufrag: UFRAG,
  offers: [
    {
      kind: 'relay',
      carrier: KEY,
      addresses: [{ host: '', port: 3478 }],
      urls: ['/relay'],
      ticket: TICKET,
      secret: KEY,
      regardless: true,
    },
    {
      kind: 'sfu',
      carrier: KEY,
      addresses: [{ host: '203.0.113.1', port: 50000 }],
      urls: [],
      ticket: TICKET,
      secret: KEY,
    },
  ],
};

const STREAM = '00000000-0000-4000-8000-000000000000';
const SOUND = '00000000-0000-4000-8000-000000000001';
const PICTURE = '00000000-0000-4000-8000-000000000002';
const CNAME = 'A'.repeat(16);
const FEEDBACK = ['goog-remb', 'transport-cc', 'ccm fir', 'nack', 'nack pli'];
const H264 = 'level-asymmetry-allowed=1;packetization-mode';

/** The lines of a video codec with its feedback and retransmission (RFC 4585 §4.2, RFC 4588 §8.1). */
function videoCodec(payloadType: number, rtx: number, name: string, format?: string): string[] {
  return [
    `a=rtpmap:${payloadType} ${name}/90000`,
    ...FEEDBACK.map((feedback) => `a=rtcp-fb:${payloadType} ${feedback}`),
    ...(format === undefined ? [] : [`a=fmtp:${payloadType} ${format}`]),
    `a=rtpmap:${rtx} rtx/90000`,
    `a=fmtp:${rtx} apt=${payloadType}`,
  ];
}

/** Where a media section begins (RFC 8829 §5.2.1). */
function mediaSection(mid: number, media: string, setup: string): string[] {
  return [
    `m=${media}`,
    'c=IN IP4 0.0.0.0',
    'a=ice-ufrag:AAAA',
    'a=ice-pwd:AAAAAAAAAAAAAAAAAAAAAAAA',
    `a=fingerprint:sha-256 ${Array(32).fill('00').join(':')}`,
    `a=setup:${setup}`,
    `a=mid:${mid}`,
  ];
}

const RTCP = ['a=rtcp-mux', 'a=rtcp-rsize', 'a=rtcp-xr:rcvr-rtt=all'];
const WEBRTC_EXPERIMENTS = 'http://www.webrtc.org/experiments/rtp-hdrext';
const TRANSPORT_CC = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

/** What Chromium writes for a microphone and a camera. */
function description(setup: string): string {
  return [
    'v=0',
    'o=- 1000000000000000000 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1',
    'a=extmap-allow-mixed',
    `a=msid-semantic: WMS ${STREAM}`,
    ...mediaSection(0, 'audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126', setup),
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    `a=extmap:2 ${WEBRTC_EXPERIMENTS}/abs-send-time`,
    `a=extmap:3 ${TRANSPORT_CC}`,
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=sendrecv',
    `a=msid:${STREAM} ${SOUND}`,
    ...RTCP,
    'a=rtpmap:111 opus/48000/2',
    'a=rtcp-fb:111 transport-cc',
    'a=fmtp:111 minptime=10;useinbandfec=1',
    'a=rtpmap:63 red/48000/2',
    'a=fmtp:63 111/111',
    'a=rtpmap:9 G722/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:13 CN/8000',
    'a=rtpmap:110 telephone-event/48000',
    'a=rtpmap:126 telephone-event/8000',
    `a=ssrc:1000000000 cname:${CNAME}`,
    `a=ssrc:1000000000 msid:${STREAM} ${SOUND}`,
    ...mediaSection(
      1,
      'video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 117 39 40 45 46 98 99 100 101 118 119 120',
      setup,
    ),
    'a=extmap:14 urn:ietf:params:rtp-hdrext:toffset',
    `a=extmap:2 ${WEBRTC_EXPERIMENTS}/abs-send-time`,
    'a=extmap:13 urn:3gpp:video-orientation',
    `a=extmap:3 ${TRANSPORT_CC}`,
    `a=extmap:5 ${WEBRTC_EXPERIMENTS}/playout-delay`,
    `a=extmap:6 ${WEBRTC_EXPERIMENTS}/video-content-type`,
    `a=extmap:7 ${WEBRTC_EXPERIMENTS}/video-timing`,
    `a=extmap:8 ${WEBRTC_EXPERIMENTS}/color-space`,
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
    'a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
    'a=sendrecv',
    `a=msid:${STREAM} ${PICTURE}`,
    ...RTCP,
    ...videoCodec(96, 97, 'VP8'),
    ...videoCodec(102, 103, 'H264', `${H264}=1;profile-level-id=42001f`),
    ...videoCodec(104, 107, 'H264', `${H264}=0;profile-level-id=42001f`),
    ...videoCodec(108, 109, 'H264', `${H264}=1;profile-level-id=42e01f`),
    ...videoCodec(114, 115, 'H264', `${H264}=0;profile-level-id=42e01f`),
    ...videoCodec(116, 117, 'H264', `${H264}=1;profile-level-id=4d001f`),
    ...videoCodec(39, 40, 'H264', `${H264}=0;profile-level-id=4d001f`),
    ...videoCodec(45, 46, 'AV1', 'level-idx=5;profile=0;tier=0'),
    ...videoCodec(98, 99, 'VP9', 'profile-id=0'),
    ...videoCodec(100, 101, 'VP9', 'profile-id=2'),
    'a=rtpmap:118 red/90000',
    'a=rtpmap:119 rtx/90000',
    'a=fmtp:119 apt=118',
    'a=rtpmap:120 ulpfec/90000',
    'a=ssrc-group:FID 2000000000 3000000000',
    `a=ssrc:2000000000 cname:${CNAME}`,
    `a=ssrc:2000000000 msid:${STREAM} ${PICTURE}`,
    `a=ssrc:3000000000 cname:${CNAME}`,
    `a=ssrc:3000000000 msid:${STREAM} ${PICTURE}`,
    '',
  ].join('\r\n');
}

const PATH = {
  ufrag: UFRAG,
  pwd: 'AAAAAAAAAAAAAAAAAAAAAAAA',
  channels: { control: 16384, media: 16385 },
  candidates: [
    { type: 'srflx', address: '203.0.113.1', port: 50000, priority: 1694498815 },
    { type: 'host', address: 'fd00::1', port: 50000, priority: 2130706175 },
    { type: 'host', address: '192.168.1.1', port: 50000, priority: 2130706431 },
  ],
  network: {
    udp: 'works',
    behaviour: {
      translated: true,
      mapping: 'endpoint-independent',
      filtering: 'address-and-port-dependent',
      allocation: { kind: 'preserving' },
    },
    sample: { address: '203.0.113.1', latestPort: 50000, round: 1 },
  },
  landmarks: [{ server: '203.0.113.1:3478', rttMs: 10 }],
} satisfies PathParameters;

/** The longest of them, and what most of a call's start depends on. */
export const SAMPLE_INVITE: Signal = {
  type: 'invite',
  callId: CALL_ID,
  media: 'video',
  name: '.',
  path: PATH,
  description: { type: 'offer', sdp: description('actpass') },
};

/** One of each kind, but for what is alike. */
export const SAMPLE_SIGNALS: readonly Signal[] = [
  CARRIERS,
  { type: 'turn', callId: CALL_ID, ufrag: UFRAG, round: 1, relayed: { address: '203.0.113.1', port: 50000 } },
  { type: 'contact-request', name: '.' },
  { type: 'contact-accept', name: '.' },
  { type: 'decline', callId: CALL_ID },
  { type: 'busy', callId: CALL_ID },
  { type: 'cancel', callId: CALL_ID, reason: 'answered-elsewhere' },
  { type: 'hang-up', callId: CALL_ID, reason: 'hung-up' },
  { type: 'media-state', callId: CALL_ID, state: { microphone: true, camera: true } },
  { type: 'answer', callId: CALL_ID, media: 'video', name: '.' },
  { type: 'candidates', callId: CALL_ID, ufrag: UFRAG, candidates: PATH.candidates, network: PATH.network },
  { type: 'flight', callId: CALL_ID, ufrag: UFRAG, datagrams: ['Fv79', 'FP79'] },
  {
    type: 'ringing',
    callId: CALL_ID,
    path: PATH,
    description: { type: 'answer', sdp: description('active') },
  },
  SAMPLE_INVITE,
];
