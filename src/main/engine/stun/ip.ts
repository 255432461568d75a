/** IP addresses between text and bytes. Text is always the canonical one (RFC 5952), as sockets report it. */
import { isIPv4, isIPv6 } from 'node:net';

/** The 4 or 16 bytes of an address in text; null when it is no address. A zone (`%eth0`) is not accepted. */
export function ipToBytes(address: string): Buffer | null {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (!isIPv6(address) || address.includes('%')) return null;
  const [head = '', tail] = withHexTail(address).split('::');
  const before = words(head);
  const after = tail === undefined ? [] : words(tail);
  const bytes = Buffer.alloc(16);
  before.forEach((word, index) => {
    bytes.writeUInt16BE(word, index * 2);
  });
  after.forEach((word, index) => {
    bytes.writeUInt16BE(word, 16 - (after.length - index) * 2);
  });
  return bytes;
}

function words(part: string): number[] {
  return part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
}

/** RFC 4291 §2.2 form 3, `::ffff:192.0.2.1`, with its last four bytes in hexadecimal. */
function withHexTail(address: string): string {
  const dotted = address.slice(address.lastIndexOf(':') + 1);
  if (!dotted.includes('.')) return address;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return `${address.slice(0, -dotted.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** The canonical text of 4 or 16 bytes (RFC 5952 §4: lower case, the first longest run of zeros shortened). */
export function bytesToIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  const parts: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    parts.push(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0));
  }
  const run = longestZeroRun(parts);
  if (run.length < 2) return parts.map(hex).join(':');
  if (run.start === 0 && run.length === 5 && parts[5] === 0xffff) {
    return `::ffff:${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
  }
  const before = parts.slice(0, run.start).map(hex).join(':');
  const after = parts
    .slice(run.start + run.length)
    .map(hex)
    .join(':');
  return `${before}::${after}`;
}

function hex(word: number): string {
  return word.toString(16);
}

function longestZeroRun(parts: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < parts.length; start++) {
    let length = 0;
    while (start + length < parts.length && parts[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

/** The canonical text of an address in any spelling; null when it is no address. */
export function canonicalIp(address: string): string | null {
  if (isIPv4(address)) return address;
  const bytes = ipToBytes(address);
  return bytes === null ? null : bytesToIp(bytes);
}
