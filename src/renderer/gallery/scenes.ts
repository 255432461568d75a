/** The scenes of the gallery: what each puts into the stores. */
import type { AppState } from '../../shared/app.ts';
import type { NetworkReport } from '../../shared/network.ts';
import type { VolunteerState } from '../../shared/volunteer.ts';
import { appStore, type View } from '../app/store.ts';
import { callStore } from '../call/store.ts';
import { contactsStore } from '../contacts/store.ts';
import { networkStore } from '../diagnostics/store.ts';
import { mediaStore } from '../media/store.ts';
import { volunteerStore } from '../volunteer/store.ts';
import {
  appState,
  call,
  liveNumbers,
  network,
  nobody,
  people,
  records,
  report,
  searchingPath,
  strictNat,
  volunteer,
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

function volunteerScene(change: Partial<VolunteerState> = {}): () => void {
  return () => {
    home({}, { name: 'volunteer' });
    volunteerStore.setState({ volunteer: { ...volunteer, ...change } });
  };
}

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
  volunteer: volunteerScene(),
  'volunteer-serving': volunteerScene({
    state: 'offered',
    bridges: [
      { ageS: 754, kbitPerS: 2_310, droppedPercent: 0 },
      { ageS: 41, kbitPerS: 96, droppedPercent: 0 },
    ],
    peopleHelped: 1_284,
    bytesForwarded: 8_412_000_000,
    refused: 17,
  }),
  'volunteer-unreachable': volunteerScene({ state: 'unreachable' }),
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
