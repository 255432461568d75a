/**
 * Session descriptions (RFC 8866) compared by what two pages of one kind write alike: codecs, extensions, directions. A description made
 * ahead answers an offer that is of the same form as the one it was made for.
 */

/**
 * Lines that say who and where: origin, connection, ICE (RFC 8839 §5), fingerprint (RFC 8122 §5), sources and streams (RFC 5576 §4,
 * RFC 8830 §2).
 */
const OF_ONE_CALL =
  /^(o=|c=|a=(ice-ufrag|ice-pwd|ice-options|ice-lite|fingerprint|ssrc|ssrc-group|msid|msid-semantic|candidate|end-of-candidates|rtcp)([: ]|$))/;
/** Of these, what changes while its owner stays the same: a new version, new ports. */
const OF_ONE_MOMENT = /^(o=|c=|a=(candidate|end-of-candidates|rtcp|ice-options)([: ]|$))/;

/** Whether an answer to one of these offers is, but for who gives it, an answer to the other. */
export function haveSameForm(one: string, other: string): boolean {
  return without(OF_ONE_CALL, one) === without(OF_ONE_CALL, other);
}

/** Whether these are the same media end's, and whoever was told the one need not be told the other. */
export function saySame(one: string, other: string): boolean {
  return without(OF_ONE_MOMENT, one) === without(OF_ONE_MOMENT, other);
}

/**
 * The offer for which an answer is made ahead: of the same form, and nobody's. Its fingerprint is that of no key, so that the end which
 * takes it can be joined by nobody before it is given a real one.
 *
 * @param ufrag and
 * @param pwd what the end is to be reached with by ICE, RFC 8445 §5.3: those of the engine
 */
export function asNobodysOffer(sdp: string, ufrag: string, pwd: string): string {
  return linesOf(sdp)
    .filter((line) => !/^a=(ssrc|ssrc-group|candidate|end-of-candidates)([: ]|$)/.test(line))
    .flatMap((line) => {
      // The agent that it will meet is its own engine's, a lite one (RFC 8445 §2.5).
      if (line === 't=0 0') return [line, 'a=ice-lite'];
      if (line.startsWith('a=ice-ufrag:')) return `a=ice-ufrag:${ufrag}`;
      if (line.startsWith('a=ice-pwd:')) return `a=ice-pwd:${pwd}`;
      if (line.startsWith('a=fingerprint:')) return `a=fingerprint:sha-256 ${'00:'.repeat(31)}00`;
      return line;
    })
    .join('\r\n')
    .concat('\r\n');
}

/** The description without candidates, and those of its first media section (RFC 8839 §5.1, as `candidate:…`). */
export function takeCandidates(sdp: string): readonly [string, readonly string[]] {
  const isCandidate = (line: string) => line.startsWith('a=candidate:');
  const lines = linesOf(sdp);
  const second = lines.findIndex(
    (line, index) => line.startsWith('m=') && lines.slice(0, index).some((each) => each.startsWith('m=')),
  );
  const ofFirst = (second < 0 ? lines : lines.slice(0, second)).filter(isCandidate);
  const rest = lines.filter((line) => !isCandidate(line) && line !== 'a=end-of-candidates');
  return [`${rest.join('\r\n')}\r\n`, ofFirst.map((line) => line.slice('a='.length))];
}

function without(lines: RegExp, sdp: string): string {
  return linesOf(sdp)
    .filter((line) => !lines.test(line))
    .map((line) => line.replace(/^(m=\S+) \d+ /, '$1 9 '))
    .join('\n');
}

function linesOf(sdp: string): string[] {
  return sdp.split(/\r\n|\n|\r/).filter((line) => line !== '');
}
