/**
 * An envelope in bytes, for the control channel of a path:
 *
 *   version 1 | flags 1 | id 16 | from 32 | fromDevice 12 | to 32 | [toDevice 12] | sentAt 6 | sealed
 *
 * Flag 1: there is a `toDevice`. `sentAt` is big-endian. Text fields are the bytes their base64url stands for.
 */
import { SealedEnvelope } from '../../../shared/rendezvous.ts';
import { ENCAPSULATED_BYTES, MAX_SEALED_BYTES, TAG_BYTES } from './constants.ts';

const VERSION = 1;
const HAS_DEVICE = 1;
const ID_BYTES = 16;
const USER_BYTES = 32;
const DEVICE_BYTES = 12;
const TIME_BYTES = 6;

/** The envelope in bytes. */
export function toBytes(envelope: SealedEnvelope): Buffer {
  const { id, from, fromDevice, to, toDevice, sentAt, sealed } = envelope;
  const time = Buffer.alloc(TIME_BYTES);
  time.writeUIntBE(sentAt, 0, TIME_BYTES);
  const text = (field: string) => Buffer.from(field, 'base64url');
  return Buffer.concat([
    Buffer.of(VERSION, toDevice === undefined ? 0 : HAS_DEVICE),
    text(id),
    text(from),
    text(fromDevice),
    text(to),
    toDevice === undefined ? Buffer.alloc(0) : text(toDevice),
    time,
    text(sealed),
  ]);
}

/** The envelope in these bytes; `null` for anything that is none. It is not to be believed before it is opened. */
export function fromBytes(bytes: Buffer): SealedEnvelope | null {
  const [version, flags] = bytes;
  if (version !== VERSION || (flags !== 0 && flags !== HAS_DEVICE)) return null;
  const deviceBytes = flags === HAS_DEVICE ? DEVICE_BYTES : 0;
  const headBytes = 2 + ID_BYTES + USER_BYTES + DEVICE_BYTES + USER_BYTES + deviceBytes + TIME_BYTES;
  const sealedBytes = bytes.length - headBytes;
  if (sealedBytes < ENCAPSULATED_BYTES + TAG_BYTES || sealedBytes > MAX_SEALED_BYTES) return null;
  let offset = 2;
  const text = (length: number) => {
    offset += length;
    return bytes.toString('base64url', offset - length, offset);
  };
  const head = {
    id: text(ID_BYTES),
    from: text(USER_BYTES),
    fromDevice: text(DEVICE_BYTES),
    to: text(USER_BYTES),
  };
  const device = flags === HAS_DEVICE ? { toDevice: text(DEVICE_BYTES) } : {};
  const sentAt = bytes.readUIntBE(offset, TIME_BYTES);
  offset += TIME_BYTES;
  const parsed = SealedEnvelope.safeParse({ ...head, ...device, sentAt, sealed: text(sealedBytes) });
  return parsed.success ? parsed.data : null;
}
