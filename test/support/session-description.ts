import { randomBytes } from 'node:crypto';

/** A minimal description with everything a call needs, and one candidate that must never leave the machine. */
export function sessionDescription(type: 'offer' | 'answer'): string {
  const hex = (length: number) => randomBytes(length).toString('hex');
  const fingerprint = (hex(32).toUpperCase().match(/../g) ?? []).join(':');
  return [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    'a=candidate:1 1 udp 2113937151 10.9.8.7 50000 typ host',
    `a=ice-ufrag:${hex(4)}`,
    `a=ice-pwd:${hex(12)}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    `a=setup:${type === 'offer' ? 'actpass' : 'active'}`,
    'a=mid:0',
    'a=sendrecv',
    'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2',
    '',
  ].join('\r\n');
}
