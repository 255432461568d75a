/** The scenes of the gallery: what each puts into the stores. */
import type { AppState } from '../../shared/app.ts';
import type { NetworkReport } from '../../shared/network.ts';
import type { VolunteerRest, VolunteerSettings, VolunteerState } from '../../shared/volunteer.ts';
import { appStore, type View } from '../app/store.ts';
import { callStore } from '../call/store.ts';
import { contactsStore } from '../contacts/store.ts';
import { networkStore } from '../diagnostics/store.ts';
import { mediaStore } from '../media/store.ts';
import { volunteerStore } from '../volunteer/store.ts';
import {
  appState,
  call,
  helpful,
  liveNumbers,
  network,
  nobody,
  people,
  records,
  report,
  searchingPath,
  strictNat,
  volunteer,
  volunteerRules,
} from './fixtures.ts';
import { paintedStream } from './painted.ts';

const [amira, , , hildegard, , samuel, neighbour] = people.contacts.map(({ userId }) => userId);

function home(change: Partial<AppState> = {}, view: View = { name: 'home' }): void {
  appStore.setState({ state: { ...appState, ...change }, view, connection: 'open', welcomeStep: 'done' });
  contactsStore.setState({ people });
  callStore.setState({ records, call: null });
  networkStore.setState({ network, report });
  volunteerStore.setState({ volunteer });
}
const contactScene = (userId: string | undefined) => () =>
  home({}, { name: 'contact', userId: userId ?? '' });

function diagnosticsScene(change: Partial<NetworkReport>, server?: AppState['server']): () => void {
  return () => {
    home(server ? { server } : {}, { name: 'diagnostics' });
    networkStore.setState({ report: { ...report, ...change } });
  };
}

function volunteerScene(state: VolunteerState, rules: Partial<VolunteerSettings> = {}): () => void {
  return () => {
    const volunteer = { ...volunteerRules, enabled: state.state !== 'off', ...rules };
    home({ settings: { ...appState.settings, volunteer } }, { name: 'volunteer' });
    const allowanceBytes = volunteer.monthlyGB === null ? null : volunteer.monthlyGB * 1e9;
    volunteerStore.setState({ volunteer: { ...state, month: { ...state.month, allowanceBytes } } });
  };
}

const HOUR_MS = 3_600_000;
const NIGHTS = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 22 * 60, toMinute: 8 * 60 };
const WEEKEND = { days: [0, 6], fromMinute: 10 * 60, toMinute: 18 * 60 };

/** What each rule sets, and says. */
const rests: readonly [VolunteerRest, Partial<VolunteerSettings>?][] = [
  [{ rule: 'paused', untilMs: Date.now() + HOUR_MS }],
  [{ rule: 'allowance-used', untilMs: helpful.month.renewsMs }, { monthlyGB: 200 }],
  [{ rule: 'schedule', untilMs: new Date().setHours(24 + 22, 0, 0, 0) }, { schedule: [NIGHTS, WEEKEND] }],
  [{ rule: 'in-use' }, { idleMinutes: 10 }],
  [{ rule: 'on-battery' }],
  [{ rule: 'metered' }],
  [{ rule: 'named-network', detail: 'Office Guest 5 GHz' }, { neverOn: ['Office Guest 5 GHz', 'eth1'] }],
  [{ rule: 'counted-elsewhere' }],
  [{ rule: 'not-counted' }],
];

function inCall(change: Parameters<typeof call>[1] = {}, pathPanel = false): void {
  home();
  mediaStore.setState({
    remote: paintedStream(205),
    remotePicture: true,
    numbers: liveNumbers,
    camera: { wanted: true, track: paintedStream(28).getVideoTracks()[0] ?? null, problem: null },
    microphone: { wanted: true, track: null, problem: null },
  });
  callStore.setState({ call: call('active', change), pathPanel });
}

export const scenes: Readonly<Record<string, () => void>> = {
  starting: () => appStore.setState({ state: null }),
  'engine-away': () => appStore.setState({ state: null, connection: 'lost' }),
  welcome: () => appStore.setState({ state: { ...appState, profile: { ...appState.profile, name: '' } } }),
  'welcome-devices': () => {
    home();
    appStore.setState({ welcomeStep: 'devices' });
  },
  home: () => home(),
  'home-empty': () => {
    home({ server: { url: 'ws://127.0.0.1:41234', embedded: true, state: 'connected' } });
    contactsStore.setState({ people: nobody });
    callStore.setState({ records: [] });
  },
  'home-away': () =>
    home({
      server: {
        url: 'wss://meet.example.org',
        embedded: false,
        state: 'waiting',
        reason: 'unreachable',
        retryAt: Date.now() + 12_000,
      },
      notices: [{ code: 'port-taken' }],
    }),
  contact: contactScene(amira),
  'contact-offline': contactScene(hildegard),
  'contact-waiting': contactScene(samuel),
  'contact-blocked': contactScene(neighbour),
  add: () => {
    home();
    appStore.setState({ adding: true });
  },
  palette: () => {
    home();
    appStore.setState({ palette: true });
  },
  settings: () => home({}, { name: 'settings' }),
  volunteer: volunteerScene({ ...volunteer, reach: { callers: 'open', remedies: ['port-mapping', 'ipv6'] } }),
  'volunteer-idle': volunteerScene({ ...volunteer, state: 'offered' }),
  'volunteer-serving': volunteerScene(
    {
      ...helpful,
      bridges: [
        { ageS: 4_754, kbitPerS: 4_310, droppedPercent: 0 },
        { ageS: 754, kbitPerS: 2_310, droppedPercent: 0.4 },
        { ageS: 41, kbitPerS: 96, droppedPercent: 0 },
      ],
      limit: { kbitPerS: 8_000, by: 'line-share' },
      cost: { cpuPercent: 3.4, memoryBytes: 91_200_000 },
    },
    { bridges: 8, lineUpKbitPerS: 16_000, monthlyGB: 200, schedule: [NIGHTS, WEEKEND], idleMinutes: 10 },
  ),
  'volunteer-busy': volunteerScene(
    {
      ...helpful,
      bridges: Array.from({ length: 24 }, (_, index) => ({
        ageS: 3_900 - index * 160,
        kbitPerS: 60 + index * 7,
        droppedPercent: index % 7 === 0 ? 2.6 : 0,
      })),
      limit: { kbitPerS: 4_200, by: 'latency' },
    },
    { bridges: 50, upKbitPerS: 40_000, downKbitPerS: 40_000 },
  ),
  'volunteer-leaving': volunteerScene({
    ...helpful,
    state: 'leaving',
    rest: { rule: 'on-battery' },
    bridges: [{ ageS: 91, kbitPerS: 210, droppedPercent: 0 }],
  }),
  ...Object.fromEntries(
    rests.map(([rest, rules]) => [
      `volunteer-${rest.rule}`,
      volunteerScene(
        {
          ...helpful,
          state: 'resting',
          rest,
          ...(rest.rule === 'allowance-used'
            ? { month: { ...helpful.month, usedBytes: 200_000_000_000 } }
            : {}),
        },
        { monthlyGB: 200, ...rules },
      ),
    ]),
  ),
  'volunteer-nearly-used': volunteerScene(
    { ...helpful, month: { ...helpful.month, usedBytes: 191_300_000_000 } },
    { monthlyGB: 200 },
  ),
  'volunteer-untold': volunteerScene(
    {
      ...helpful,
      reach: { callers: 'most', remedies: ['port-mapping'] },
      untold: ['in-use', 'on-battery', 'metered', 'named-network'],
    },
    { idleMinutes: 5, onlyUnmetered: false, neverOn: ['Office Guest 5 GHz'] },
  ),
  'volunteer-unreachable': () => {
    volunteerScene({
      ...volunteer,
      state: 'unreachable',
      reach: { callers: 'nobody', remedies: ['port-mapping', 'udp'] },
    })();
    appStore.setState(({ state }) => ({
      state: state && {
        ...state,
        settings: { ...state.settings, hideAddress: true, routerMappings: false },
      },
    }));
  },
  'volunteer-question': () => home({ settings: { ...appState.settings, volunteerAsked: false } }),
  diagnostics: diagnosticsScene({}),
  'diagnostics-everybody': diagnosticsScene({
    router: {
      state: 'proved',
      protocol: 'pcp',
      external: { address: '198.51.100.20', port: 50_412 },
    },
  }),
  'diagnostics-strict': diagnosticsScene({
    IPv4: { ...report.IPv4, behaviour: strictNat },
    IPv6: { untold: 'no-socket' },
    router: { state: 'refused', protocol: 'upnp-igd' },
  }),
  'diagnostics-blocked': () => {
    diagnosticsScene({
      udp: 'blocked',
      IPv4: { untold: 'no-answer' },
      IPv6: { untold: 'no-answer' },
      router: { state: 'unneeded' },
    })();
    networkStore.setState({
      network: {
        ...network,
        stun: network.stun.map(({ server }) => ({ server, state: 'silent', nearest: false })),
      },
    });
  },
  'diagnostics-hidden': () => {
    diagnosticsScene({})();
    appStore.setState(({ state }) => ({
      state: state && { ...state, settings: { ...state.settings, hideAddress: true } },
    }));
  },
  'diagnostics-portal': diagnosticsScene(
    {
      udp: 'unknown',
      captivePortal: 'found',
      IPv4: { untold: 'no-answer' },
      IPv6: { untold: 'no-answer' },
      router: { state: 'unneeded' },
    },
    { url: 'wss://meet.example.org', embedded: false, state: 'refused', reason: 'not-byway' },
  ),
  'diagnostics-asking': diagnosticsScene({
    running: true,
    udp: 'unknown',
    captivePortal: 'unknown',
    IPv4: { untold: 'asking' },
    IPv6: { untold: 'asking' },
    router: { state: 'asking' },
  }),
  'diagnostics-here': diagnosticsScene(
    {
      captivePortal: 'unknown',
      IPv4: { mapped: { address: '127.0.0.1', port: 50_412 }, untold: 'plain-servers' },
      IPv6: { untold: 'no-answer' },
      router: { state: 'unneeded' },
    },
    { url: 'ws://127.0.0.1:41234', embedded: true, state: 'connected' },
  ),
  incoming: () => {
    home();
    callStore.setState({ call: call('incoming') });
  },
  'incoming-stranger': () => {
    home();
    callStore.setState({
      call: call('incoming', {
        peer: { ...call('incoming').peer, name: 'Viktor', isContact: false },
        media: 'audio',
      }),
    });
  },
  outgoing: () => {
    inCall();
    callStore.setState({ call: call('ringing') });
    mediaStore.setState({ remote: null, remotePicture: false });
  },
  'outgoing-problems': () => {
    home();
    callStore.setState({ call: call('calling') });
    mediaStore.setState({
      microphone: { wanted: true, track: null, problem: 'in-use' },
      camera: { wanted: true, track: null, problem: 'denied' },
    });
  },
  connecting: () => {
    inCall({ phase: 'connecting', path: searchingPath }, true);
    mediaStore.setState({ remotePicture: false, numbers: [] });
  },
  conversation: () => inCall(),
  'conversation-path': () => inCall({}, true),
  'conversation-muted': () => {
    inCall({ peerMedia: { microphone: false, camera: false } });
    mediaStore.setState({ muted: true, camera: { wanted: true, track: null, problem: 'unplugged' } });
  },
  'conversation-silent': () => inCall({ path: { ...call('active').path, state: 'silent' } }),
  'farewell-no-path': () => {
    home();
    callStore.setState({
      call: call(
        'ended',
        {
          end: 'no-path',
          endedAt: Date.now(),
          path: { ...searchingPath, obstacle: 'both-unpredictable' },
        },
        0,
      ),
    });
  },
  farewell: () => {
    home();
    callStore.setState({ call: call('ended', { end: 'hung-up-there', endedAt: Date.now() }) });
  },
};
