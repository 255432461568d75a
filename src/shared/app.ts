/** The app as a whole: who I am, how it is set, whether the server can be reached, what the network looks like. */
import { z } from 'zod';
import { VolunteerSettings } from './volunteer.ts';
import { TransportAddress, UserId } from './words.ts';

export const Settings = z.object({
  /** WebSocket address of the rendezvous server; empty for the embedded one. */
  serverUrl: z.union([z.literal(''), z.url({ protocol: /^wss?$/ })]),
  theme: z.enum(['system', 'light', 'dark']),
  language: z.string().max(16),
  /** Device IDs the browser gave, empty for the system's choice. */
  microphoneId: z.string().max(256),
  cameraId: z.string().max(256),
  speakerId: z.string().max(256),
  /** Ring aloud for an incoming call. */
  ringtone: z.boolean(),
  /** Ask the router to open a port for calls. */
  routerMappings: z.boolean(),
  /** Never show our network address to the other side: calls go through helpers and relays alone. */
  hideAddress: z.boolean(),
  /** Carry other people's calls. */
  volunteer: VolunteerSettings,
  /** Whether the user was asked if they want to. */
  volunteerAsked: z.boolean(),
});
export type Settings = z.infer<typeof Settings>;

export const Profile = z.object({
  userId: UserId,
  /** Empty until first start is done. */
  name: z.string(),
  /** `byway://add/...`, for others to add us. */
  link: z.string(),
  /** The user ID in groups of characters for reading aloud, checksum included. */
  spelled: z.string(),
});
export type Profile = z.infer<typeof Profile>;

export const ServerState = z.object({
  /** Where it is, without secrets. */
  url: z.string(),
  embedded: z.boolean(),
  state: z.enum(['connecting', 'connected', 'waiting', 'refused', 'stopped']),
  /** Why not connected, as a key the interface has a sentence for. */
  reason: z
    .enum(['unreachable', 'closed', 'silent', 'refused', 'replaced', 'version', 'not-byway'])
    .optional(),
  /** When the next attempt is made, ms since 1970. */
  retryAt: z.number().optional(),
});
export type ServerState = z.infer<typeof ServerState>;

/** What could not be done at start and what it costs; each has a sentence in the interface. */
export const Notice = z.object({
  code: z.enum([
    'port-taken',
    'secret-unprotected',
    'store-unreadable',
    'embedded-server-failed',
    'no-ipv4',
    'no-udp',
  ]),
  detail: z.string().optional(),
});
export type Notice = z.infer<typeof Notice>;

export const AppState = z.object({
  version: z.string(),
  host: z.enum(['desktop', 'headless']),
  profile: Profile,
  settings: Settings,
  server: ServerState,
  notices: z.array(Notice),
});
export type AppState = z.infer<typeof AppState>;

/** The network as the engine sees it now. */
export const NetworkState = z.object({
  hostAddresses: z.array(z.object({ interfaceName: z.string(), address: z.string() })),
  sockets: z.array(z.object({ family: z.enum(['IPv4', 'IPv6']), port: z.number() })),
  stun: z.array(
    z.object({
      server: z.string(),
      state: z.enum(['asking', 'answered', 'silent', 'wrong']),
      rttMs: z.number().optional(),
      mapped: TransportAddress.optional(),
      /** The answering server with the lowest round trip. */
      nearest: z.boolean(),
    }),
  ),
});
export type NetworkState = z.infer<typeof NetworkState>;
