/** A call with everything that the engine's calls have below their media: a session and a ladder on both sides, and envelopes between them. */
import { isIPv4 } from 'node:net';
import { Ladder } from '../../src/main/engine/ladder/index.ts';
import type { PathSession } from '../../src/main/engine/path/index.ts';
import type { CarrierEnd } from '../../src/shared/rendezvous.ts';
import type { CarrierOffer, NetworkWord, PathParameters } from '../../src/shared/signal.ts';
import type { Candidate } from '../../src/shared/words.ts';
import { Envelopes, type SignallingQuality } from './envelopes.ts';
import type { SimulatedInternet } from './internet.ts';
import { logger, type User } from './user.ts';

/** One side, as `call/line.ts` puts it together. */
export class CarriedSide {
  readonly session: PathSession;
  readonly #ladder: Ladder;
  readonly #isOfferer: boolean;
  #remote: PathParameters | undefined;
  #theirNetwork: NetworkWord | undefined;
  #theirPublic: Candidate | undefined;

  constructor(
    user: User,
    other: User,
    isOfferer: boolean,
    envelopes: Envelopes,
    there: () => CarriedSide | undefined,
  ) {
    const { outside } = user.host;
    this.#isOfferer = isOfferer;
    this.session = user.paths.open({
      role: isOfferer ? 'controlling' : 'controlled',
      startedAtMs: outside.clock.now(),
    });
    this.session.local.landmarks = user.world.ownEnd().landmarks;
    this.#ladder = new Ladder({
      outside,
      world: user.world,
      session: this.session,
      logger,
      ends: () => [user.world.ownEnd(), this.#theirEnd()],
      otherUser: other.options.name,
      tell: (offers) =>
        envelopes.send({ ufrag, offers }, (told) => there()?.offered(told.ufrag, told.offers)),
      // They answer at once.
      isAnswered: () => true,
    });
    const { ufrag } = this.session.local;
    const trickle = (candidates: Candidate[], network?: NetworkWord) =>
      envelopes.send({ ufrag, candidates, network }, (told) =>
        there()?.trickled(told.ufrag, told.candidates, told.network),
      );
    this.session.on('candidates', (candidates) => trickle(candidates));
    this.session.on('network', (network) => trickle([], network));
  }

  connect(remote: PathParameters): void {
    this.#remote = remote;
    this.#theirNetwork = remote.network;
    this.#notePublic(remote.candidates);
    this.session.connect(remote);
    this.#ladder.begin(this.#isOfferer, false);
  }

  trickled(ufrag: string, candidates: readonly Candidate[], network?: NetworkWord): void {
    if (ufrag !== this.#remote?.ufrag) return;
    this.#theirNetwork = network ?? this.#theirNetwork;
    this.#notePublic(candidates);
    this.session.addRemoteCandidates(ufrag, candidates, network);
  }

  offered(ufrag: string, offers: readonly CarrierOffer[]): void {
    if (ufrag === this.#remote?.ufrag) this.#ladder.offered(offers);
  }

  close(): void {
    this.#ladder.close();
    this.session.close();
  }

  #notePublic(candidates: readonly Candidate[]): void {
    this.#theirPublic =
      candidates.findLast(({ type, address }) => type === 'srflx' && isIPv4(address)) ?? this.#theirPublic;
  }

  #theirEnd(): CarrierEnd {
    return {
      address: this.#theirPublic?.address,
      port: this.#theirPublic?.port,
      udp: this.#theirNetwork?.udp,
      behaviour: this.#theirNetwork?.behaviour,
      landmarks: this.#remote?.landmarks ?? [],
    };
  }
}

export class CarriedCall {
  readonly caller: CarriedSide;
  /** Undefined until the invitation has arrived. */
  callee: CarriedSide | undefined;
  #closed = false;

  constructor(internet: SimulatedInternet, from: User, to: User, signalling: SignallingQuality) {
    const names = `${from.options.name} ${to.options.name} ${internet.clock.now()}`;
    const there = new Envelopes(internet, `there ${names}`, signalling);
    const back = new Envelopes(internet, `back ${names}`, signalling);
    this.caller = new CarriedSide(from, to, true, there, () => this.callee);
    there.send(this.caller.session.local, (invitation) => {
      if (this.#closed || !to.isRunning) return;
      const callee = new CarriedSide(to, from, false, back, () => (this.#closed ? undefined : this.caller));
      this.callee = callee;
      back.send(callee.session.local, (answer) => {
        if (!this.#closed) this.caller.connect(answer);
      });
      callee.connect(invitation);
    });
  }

  close(): void {
    this.#closed = true;
    this.caller.close();
    this.callee?.close();
  }
}
