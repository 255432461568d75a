/** The addresses of TURN servers, `turn:host:port?transport=udp` (RFC 7065). */
import { z } from 'zod';

export interface TurnUri {
  /** TLS around the connection. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

/** RFC 8656 §4: of `turn` and of `turns`. */
const DEFAULT_PORT = 3_478;
const DEFAULT_SECURE_PORT = 5_349;
/** Longest name of a host, bytes (RFC 1035 §2.3.4). */
const MAX_HOST_CHARS = 253;

const FORM =
  /^(turns?):(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;

/** Null for what is no such address, and for TURN over DTLS, which Byway does not speak. Never throws. */
export function parseTurnUri(text: string): TurnUri | null {
  const [, scheme, bracketed, digits, asked] = FORM.exec(text) ?? [];
  if (scheme === undefined || bracketed === undefined) return null;
  const secure = scheme.toLowerCase() === 'turns';
  const host = bracketed.replace(/^\[|\]$/g, '');
  const port = digits === undefined ? (secure ? DEFAULT_SECURE_PORT : DEFAULT_PORT) : Number(digits);
  const transport = asked?.toLowerCase() === 'tcp' || (secure && asked === undefined) ? 'tcp' : 'udp';
  if (host.length > MAX_HOST_CHARS || port < 1 || port > 65_535 || (secure && transport === 'udp'))
    return null;
  return { secure, host, port, transport };
}

/** A TURN server, and the credentials for one allocation there. */
export const TurnServer = z.object({
  uri: z
    .string()
    .max(300)
    .refine((text) => parseTurnUri(text) !== null),
  username: z.string().min(1).max(508),
  credential: z.string().min(1).max(256),
});
export type TurnServer = z.infer<typeof TurnServer>;
