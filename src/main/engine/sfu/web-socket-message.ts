/** Over a WebSocket each binary message is one datagram of a leg, at both ends. */
import type { RawData } from 'ws';

/** The datagram of a message; undefined for text, which no leg sends. */
export function datagramOf(data: RawData, isBinary: boolean): Buffer | undefined {
  if (!isBinary) return undefined;
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
