/** A call between two machines: the engine's path services on both, and the envelopes between them. */
import pino from 'pino';
import { openPathService, type PathService, type PathSession } from '../../src/main/engine/path/index.ts';
import type { NetworkWord, PathParameters } from '../../src/shared/signal.ts';
import type { Candidate } from '../../src/shared/words.ts';
import { Envelopes, type SignallingQuality } from './envelopes.ts';
import type { Host } from './host.ts';
import type { SimulatedInternet } from './internet.ts';

const logger = pino({ level: 'silent' });

/** One user's machine with a running engine. */
export interface Peer {
  readonly host: Host;
  readonly paths: PathService;
}

/** Starts the engine's paths on a machine; its STUN servers are asked at once. */
export async function startPeer(
  host: Host,
  stunServers: readonly { readonly host: string; readonly port: number }[],
): Promise<Peer> {
  const paths = openPathService({ outside: host.outside, logger });
  await paths.start();
  paths.setStunServers(stunServers);
  return { host, paths };
}

export interface SimulatedCall {
  readonly caller: PathSession;
  /** Undefined until the invitation has arrived. */
  readonly callee: PathSession | undefined;
  /** When each side's path was first open, ms since the call was placed. */
  readonly openedMs: { caller: number | undefined; callee: number | undefined };
  close(): void;
}

/** Places a call. The callee's engine prepares its path as soon as the invitation arrives, as it does for contacts. */
export function placeCall(
  internet: SimulatedInternet,
  from: Peer,
  to: Peer,
  signalling: SignallingQuality,
): SimulatedCall {
  const placedMs = internet.clock.now();
  const there = new Envelopes(internet, `${from.host.name} ${to.host.name}`, signalling);
  const back = new Envelopes(internet, `${to.host.name} ${from.host.name}`, signalling);
  const openedMs: SimulatedCall['openedMs'] = { caller: undefined, callee: undefined };
  const noteOpened = (side: 'caller' | 'callee') => (state: string) => {
    if (state === 'open') openedMs[side] ??= internet.clock.now() - placedMs;
  };
  const caller = openSession(from, 'controlling');
  caller.on('state', noteOpened('caller'));
  let callee: PathSession | undefined;
  let closed = false;

  const trickle = (session: PathSession, envelopes: Envelopes, other: () => PathSession | undefined) => {
    const tell = (candidates: Candidate[], network?: NetworkWord) => {
      envelopes.send({ ufrag: session.local.ufrag, candidates, network }, (told) =>
        other()?.addRemoteCandidates(told.ufrag, told.candidates, told.network),
      );
    };
    session.on('candidates', (candidates) => tell(candidates));
    session.on('network', (network) => tell([], network));
  };
  there.send(caller.local, (invitation: PathParameters) => {
    if (closed) return;
    callee = openSession(to, 'controlled');
    callee.on('state', noteOpened('callee'));
    trickle(callee, back, () => caller);
    back.send(callee.local, (answer: PathParameters) => caller.connect(answer));
    callee.connect(invitation);
  });
  trickle(caller, there, () => callee);
  return {
    caller,
    get callee() {
      return callee;
    },
    openedMs,
    close() {
      closed = true;
      caller.close();
      callee?.close();
    },
  };
}

function openSession({ host, paths }: Peer, role: 'controlling' | 'controlled'): PathSession {
  return paths.open({ role, startedAtMs: host.outside.clock.now() });
}
