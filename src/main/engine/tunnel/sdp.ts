/**
 * What the engine does to session descriptions (RFC 8866): it takes every address out before one leaves the machine, and
 * puts its own loopback port into one that came. It changes nothing else and never throws.
 */
import { HOST_CANDIDATE_PRIORITY, LOOPBACK_ADDRESS, MAX_SDP_CHARS, MAX_SDP_LINES } from './constants.ts';

/** Attributes that name an address or say that there are more to come (RFC 8839 §5.1, RFC 3605, RFC 8840). */
const ADDRESS_ATTRIBUTE = /^a=(candidate|remote-candidates|end-of-candidates|rtcp|ice-options)(:|$)/;
/** Where a description of a media end that is reached through ICE names nothing (RFC 8840 §4.1.1). */
const NO_ADDRESS = 'IN IP4 0.0.0.0';

/** RFC 8839 §5.3, of a whole session. */
const LITE_AGENT = 'a=ice-lite';

/** RFC 8445 §5.3. */
export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

export type DescriptionVerdict =
  | { readonly usable: true }
  | { readonly usable: false; readonly missing: 'text' | 'media' | 'ufrag' | 'pwd' | 'fingerprint' };

/** Whether a description has what a call needs: media, ICE credentials, and a SHA-256 fingerprint for each of its ends. */
export function checkDescription(sdp: string): DescriptionVerdict {
  if (sdp.length > MAX_SDP_CHARS || !isPlainText(sdp)) return { usable: false, missing: 'text' };
  const lines = linesOf(sdp);
  if (lines[0] !== 'v=0' || lines.length > MAX_SDP_LINES) return { usable: false, missing: 'text' };
  if (!lines.some((line) => line.startsWith('m='))) return { usable: false, missing: 'media' };
  if (!/^a=ice-ufrag:[A-Za-z0-9+/]{4,256}$/.test(find(lines, 'a=ice-ufrag:')))
    return { usable: false, missing: 'ufrag' };
  if (!/^a=ice-pwd:[A-Za-z0-9+/]{22,256}$/.test(find(lines, 'a=ice-pwd:')))
    return { usable: false, missing: 'pwd' };
  const fingerprints = lines.filter((line) => line.startsWith('a=fingerprint:'));
  const strong = fingerprints.every((line) =>
    /^a=fingerprint:sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/i.test(line),
  );
  if (fingerprints.length === 0 || !strong) return { usable: false, missing: 'fingerprint' };
  return { usable: true };
}

/** The description without any address: no candidates, and connection and origin lines that name none. */
export function stripCandidates(sdp: string): string {
  return join(
    linesOf(sdp)
      .filter((line) => !ADDRESS_ATTRIBUTE.test(line))
      .map((line) => {
        if (line.startsWith('c=')) return `c=${NO_ADDRESS}`;
        if (line.startsWith('o=')) return line.replace(/IN IP[46] \S+$/, 'IN IP4 127.0.0.1');
        return line.startsWith('m=') ? line.replace(/^(m=\S+) [1-9]\d*/, '$1 9') : line;
      }),
  );
}

/**
 * The description as our media end gets it: one candidate in each media section, our own loopback port, no other
 * address, and the word that the agent there is a lite one (RFC 8445 §2.5), so that the media end takes control.
 *
 * @param known the ICE credentials that the media end knows its engine by already, where it does: others would be an ICE restart
 */
export function withLoopbackCandidate(sdp: string, port: number, known?: IceCredentials): string {
  const candidate = `a=candidate:1 1 udp ${HOST_CANDIDATE_PRIORITY} ${LOOPBACK_ADDRESS} ${port} typ host`;
  const lines: string[] = [];
  let inMedia = false;
  const endSection = () => {
    if (inMedia) lines.push(candidate, 'a=end-of-candidates');
    else lines.push(LITE_AGENT);
  };
  for (const line of linesOf(stripCandidates(sdp)).filter((each) => each !== LITE_AGENT)) {
    if (line.startsWith('m=')) {
      endSection();
      inMedia = true;
    }
    if (known && line.startsWith('a=ice-ufrag:')) lines.push(`a=ice-ufrag:${known.ufrag}`);
    else if (known && line.startsWith('a=ice-pwd:')) lines.push(`a=ice-pwd:${known.pwd}`);
    else lines.push(line);
  }
  endSection();
  return join(lines);
}

/** The ICE credentials of a description's first media end; undefined where it has none. */
export function iceCredentials(sdp: string): IceCredentials | undefined {
  const lines = linesOf(sdp);
  const ufrag = find(lines, 'a=ice-ufrag:').slice('a=ice-ufrag:'.length);
  const pwd = find(lines, 'a=ice-pwd:').slice('a=ice-pwd:'.length);
  return ufrag === '' || pwd === '' ? undefined : { ufrag, pwd };
}

function find(lines: readonly string[], prefix: string): string {
  return lines.find((line) => line.startsWith(prefix)) ?? '';
}

function linesOf(sdp: string): string[] {
  return sdp.split(/\r\n|\n|\r/).filter((line) => line !== '');
}

function join(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

/** Printable text and line ends, nothing else. */
function isPlainText(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
    if (code === 0x7f) return false;
  }
  return true;
}
