/** Still lives for the gallery and for unit tests: states the engine could send. */
import type { AppState, NetworkState } from '../../shared/app.ts';
import type { CallRecord, CallSnapshot, PathAttempt, PathReport } from '../../shared/call.ts';
import type { Contact, People } from '../../shared/contacts.ts';
import type { NatBehaviour, NetworkReport } from '../../shared/network.ts';
import type { VolunteerSettings, VolunteerState } from '../../shared/volunteer.ts';
import type { LiveNumbers } from '../media/stats.ts';

const MINUTE_MS = 60_000;
const idOf = (name: string) =>
  name
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .padEnd(43, 'Qx7')
    .slice(0, 43);

export function contact(name: string, state: Contact['state'], online = false): Contact {
  return { userId: idOf(name), name, state, online, addedAt: Date.UTC(2026, 2, 14) };
}

export const people: People = {
  contacts: [
    contact('Amira Haddad', 'mutual', true),
    contact('Jonas Lindqvist', 'mutual', true),
    contact('Mei-Ling Zhao', 'mutual', true),
    contact('Oma Hildegard', 'mutual', false),
    contact('Dr. Theodora Papadopoulou-Wintergarten', 'mutual', false),
    contact('Samuel Okafor', 'waiting'),
    contact('Noisy Neighbour', 'blocked'),
  ],
  requests: [{ userId: idOf('Priya Raman'), name: 'Priya Raman', receivedAt: Date.now() - 5 * MINUTE_MS }],
};
export const nobody: People = { contacts: [], requests: [] };

/** As they are at first. */
export const volunteerRules: VolunteerSettings = {
  enabled: false,
  bridges: 4,
  upKbitPerS: 10_000,
  downKbitPerS: 10_000,
  lineUpKbitPerS: null,
  linePercent: 50,
  monthlyGB: null,
  schedule: null,
  idleMinutes: null,
  onlyOnMains: true,
  onlyUnmetered: true,
  neverOn: [],
};

export const appState: AppState = {
  version: '0.1.0',
  host: 'desktop',
  profile: {
    userId: idOf('Lena'),
    name: 'Lena Vogt',
    link: 'byway://add/9fQx7kT2mZpW4sVbN8aYcD1eRgHjLuMo3iKtXwFqBzE5vJ0yUhPdG6nSlA#Lena%20Vogt',
    spelled: '9FQX-7KT2-MZPW-4SVB-N8AY-CD1E-RGHJ-LUMO-3IKT-XWFQ-BZE5-VJ0Y-UHPD',
  },
  settings: {
    serverUrl: 'wss://meet.example.org',
    theme: 'system',
    language: 'en',
    microphoneId: '',
    cameraId: '',
    speakerId: '',
    ringtone: true,
    routerMappings: true,
    hideAddress: false,
    volunteer: volunteerRules,
    volunteerAsked: true,
  },
  server: { url: 'wss://meet.example.org', embedded: false, state: 'connected' },
  notices: [],
};

export const records: CallRecord[] = [
  record('Amira Haddad', 'outgoing', 'video', 12, 754, 'hung-up-here'),
  record('Oma Hildegard', 'incoming', 'audio', 95, 0, 'no-answer-here'),
  record('Jonas Lindqvist', 'incoming', 'video', 60 * 26, 3_912, 'hung-up-there'),
  record('Mei-Ling Zhao', 'outgoing', 'video', 60 * 75, 0, 'no-answer-there'),
];

function record(
  name: string,
  direction: CallRecord['direction'],
  media: CallRecord['media'],
  minutesAgo: number,
  durationS: number,
  end: CallRecord['end'],
): CallRecord {
  const startedAt = Date.now() - minutesAgo * MINUTE_MS;
  return {
    id: name.padEnd(22, 'r').slice(0, 22),
    userId: idOf(name),
    name,
    direction,
    media,
    startedAt,
    durationS,
    end,
  };
}

const none = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0 };
const mine = { address: '192.168.178.23', port: 50_412, type: 'host' } as const;
const theirs = { address: '203.0.113.77', port: 61_208, type: 'srflx' } as const;

function attempt(id: string, change: Partial<PathAttempt>): PathAttempt {
  return {
    id,
    kind: 'direct',
    local: mine,
    remote: theirs,
    startedMs: 90,
    endedMs: 152,
    checksSent: 2,
    outcome: 'succeeded',
    ...change,
  };
}

export const attempts: PathAttempt[] = [
  attempt('a', { rttMs: 38 }),
  attempt('b', {
    remote: { address: '192.168.1.14', port: 50_100, type: 'host' },
    startedMs: 70,
    endedMs: 2_170,
    checksSent: 9,
    outcome: 'failed',
    reason: 'no-ack',
  }),
  attempt('c', {
    remote: { address: '2001:db8:4::17', port: 50_101, type: 'host' },
    startedMs: 74,
    endedMs: 78,
    outcome: 'failed',
    reason: 'unsendable',
  }),
  attempt('d', {
    remote: { address: '198.51.100.9', port: 33_001, type: 'prflx' },
    startedMs: 120,
    endedMs: 153,
    outcome: 'abandoned',
    reason: 'superseded',
  }),
];

export const searchingPath: PathReport = {
  state: 'searching',
  attempts: attempts.map(({ endedMs: _ended, reason: _reason, ...rest }) => ({
    ...rest,
    outcome: 'waiting',
  })),
  carried: { direct: none, sfu: none, relay: none },
};

export const openPath: PathReport = {
  state: 'open',
  active: { kind: 'direct', local: mine, remote: theirs, rttMs: 38.4, sinceMs: 152 },
  attempts,
  carried: {
    direct: {
      packetsSent: 90_214,
      packetsReceived: 88_127,
      bytesSent: 81_402_112,
      bytesReceived: 79_223_874,
    },
    sfu: none,
    relay: none,
  },
};

const amira = { userId: idOf('Amira Haddad'), name: 'Amira Haddad', isContact: true };

/** A call in any phase; `minutesIn` is how long the conversation has lasted. */
export function call(
  phase: CallSnapshot['phase'],
  change: Partial<CallSnapshot> = {},
  minutesIn = 4,
): CallSnapshot {
  const answered = phase === 'active' || phase === 'ended';
  const startedAt = Date.now() - (answered ? minutesIn * MINUTE_MS : 3_000);
  return {
    id: 'c'.repeat(22),
    peer: amira,
    direction: phase === 'incoming' ? 'incoming' : 'outgoing',
    media: 'video',
    phase,
    startedAt,
    ...(answered ? { answeredAt: startedAt + 6_420 } : {}),
    maySendMedia: answered,
    peerMedia: { microphone: true, camera: true },
    path: answered ? openPath : searchingPath,
    timeline: [
      { atMs: 0, type: 'placed' },
      { atMs: 31, type: 'public-address-found', detail: '198.51.100.20:50412' },
      { atMs: 70, type: 'first-check' },
      { atMs: 152, type: 'path-open', detail: '203.0.113.77:61208' },
      { atMs: 190, type: 'rang-there' },
      { atMs: 318, type: 'media-connected' },
      { atMs: 6_420, type: 'answered' },
      { atMs: 6_512, type: 'first-audio' },
      { atMs: 6_604, type: 'first-video' },
    ],
    ...change,
  };
}

export const network: NetworkState = {
  hostAddresses: [
    { interfaceName: 'wlan0', address: '192.168.178.23' },
    { interfaceName: 'wlan0', address: '2001:db8:77:1::23' },
  ],
  sockets: [
    { family: 'IPv4', port: 50_412 },
    { family: 'IPv6', port: 50_412 },
  ],
  stun: [
    {
      server: 'stun.meet.example.org:3478',
      state: 'answered',
      rttMs: 17.2,
      mapped: { address: '198.51.100.20', port: 50_412 },
      nearest: true,
    },
    {
      server: 'stun.other.example:3478',
      state: 'answered',
      rttMs: 41.9,
      mapped: { address: '198.51.100.20', port: 50_412 },
      nearest: false,
    },
    { server: 'stun.far.example:3478', state: 'silent', nearest: false },
  ],
};

/** What home routers do most of all. */
export const homeNat: NatBehaviour = {
  translated: true,
  mapping: 'endpoint-independent',
  filtering: 'address-and-port-dependent',
  allocation: { kind: 'preserving' },
  hairpinning: false,
  bindingLifetimeMs: 150_000,
};

/** A network that takes a new port at random for every destination, as mobile and company networks do. */
export const strictNat: NatBehaviour = {
  translated: true,
  mapping: 'address-and-port-dependent',
  filtering: 'address-and-port-dependent',
  allocation: { kind: 'random' },
};

export const report: NetworkReport = {
  at: Date.UTC(2026, 2, 14, 9, 30),
  running: false,
  udp: 'works',
  captivePortal: 'none',
  IPv4: { mapped: { address: '198.51.100.20', port: 50_412 }, behaviour: homeNat },
  IPv6: {
    mapped: { address: '2001:db8:77:1::23', port: 50_412 },
    behaviour: {
      translated: false,
      mapping: 'endpoint-independent',
      filtering: 'address-and-port-dependent',
    },
  },
  router: { state: 'none' },
};

/** A minute of live numbers that look like a call over a home network. */
export const liveNumbers: LiveNumbers[] = Array.from({ length: 58 }, (_, second) => ({
  atMs: second * 1000,
  rttMs: 38 + 5 * Math.sin(second / 3) + (second === 31 ? 44 : 0),
  jitterMs: 3.2 + Math.sin(second / 5),
  lossPercent: second === 57 ? 0.4 : 0,
  bitrateIn: 1_900_000 + 500_000 * Math.sin(second / 9) * Math.cos(second / 4),
  bitrateOut: Math.min(2_400_000, 300_000 + second * 90_000) + 90_000 * Math.sin(second),
  pictureIn: { width: 1280, height: 720, framesPerSecond: 30, codec: 'VP8' },
  pictureOut: { width: 1280, height: 720, framesPerSecond: 30, codec: 'VP8' },
}));

const nextMonth = new Date(new Date().getFullYear(), new Date().getMonth() + 1, 1).getTime();

export const volunteer: VolunteerState = {
  state: 'off',
  rest: null,
  bridges: [],
  peopleHelped: 0,
  peopleHelpedEver: 0,
  bytesForwarded: 0,
  bytesForwardedEver: 0,
  refused: 0,
  worked: 0,
  failed: 0,
  days: [],
  month: { usedBytes: 0, allowanceBytes: null, renewsMs: nextMonth },
  limit: { kbitPerS: 10_000, by: 'up' },
  reach: { callers: 'most', remedies: ['port-mapping'] },
  cost: { cpuPercent: 0.3, memoryBytes: 84_300_000 },
  untold: [],
};

/** Somebody who has helped for five weeks, oftener at weekends, and was away for a few days. */
export const helpful: VolunteerState = {
  ...volunteer,
  state: 'offered',
  peopleHelped: 38,
  peopleHelpedEver: 1_284,
  bytesForwarded: 2_940_000_000,
  bytesForwardedEver: 84_120_000_000,
  refused: 17,
  worked: 642,
  failed: 11,
  days: Array.from({ length: 36 }, (_, index) => 35 - index)
    .filter((ago) => ago < 12 || ago > 15)
    .map((ago) => {
      const at = new Date();
      at.setDate(at.getDate() - ago);
      const weekend = at.getDay() % 6 === 0 ? 2.2 : 1;
      const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
        .map((part) => String(part).padStart(2, '0'))
        .join('-');
      return { day, bytes: weekend * (1.4e9 + 8e8 * Math.sin(ago * 2.3)) };
    }),
  month: { usedBytes: 61_800_000_000, allowanceBytes: null, renewsMs: nextMonth },
  reach: { callers: 'everybody', remedies: [] },
};
