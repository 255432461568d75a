/** A call that comes in. */
import type { EndReason } from '../../../shared/call.ts';
import type { CancelReason, PathParameters, ReceivedSignal, Signal } from '../../../shared/signal.ts';
import type { Description, DeviceId, MediaKind } from '../../../shared/words.ts';
import { Call, type CallContext } from './call.ts';
import { MAX_EARLY_CANDIDATES, RING_LIMIT_MARGIN_MS, RING_LIMIT_MS } from './constants.ts';
import type { CallOptions } from './state.ts';

export type Invite = Extract<Signal, { type: 'invite' }>;

const CANCEL_HEARD: Record<CancelReason, EndReason> = {
  cancelled: 'cancelled-there',
  'no-answer': 'no-answer-here',
  'answered-elsewhere': 'answered-elsewhere',
  'declined-elsewhere': 'declined-elsewhere',
  'busy-elsewhere': 'declined-elsewhere',
};

export class IncomingCall extends Call {
  override readonly direction = 'incoming';
  readonly #invite: Invite;
  readonly #caller: DeviceId;
  /** Candidates of the caller that came while no line was wanted yet. */
  readonly #early: Extract<Signal, { type: 'candidates' }>[] = [];
  /** The description of the present line, where a page made it ahead and nobody was told yet. */
  #ready: Description | undefined;

  constructor(
    context: CallContext,
    options: CallOptions,
    invite: Invite,
    { fromDevice, sentAt }: Pick<ReceivedSignal, 'fromDevice' | 'sentAt'>,
  ) {
    super(context, options, 'incoming');
    this.#invite = invite;
    this.#caller = fromDevice;
    this.heardAt(sentAt);
    this.mark('came-in');
    this.timers.set('ring', RING_LIMIT_MS + RING_LIMIT_MARGIN_MS, () => this.end('no-answer-here'));
    // For a contact everything is made ready while it rings, and the path first: it needs no media end. For anybody else
    // nothing of ours leaves before the answer: no description, no candidate, no check.
    if (options.peer.isContact) this.#prepare();
    void this.tell({ type: 'ringing', callId: this.id, ...this.#announce() }, fromDevice);
  }

  override get device(): DeviceId {
    return this.#caller;
  }

  /** A person takes the call, with or without their camera. */
  answer(media: MediaKind): void {
    if (this.isOver || this.isAnswered) return;
    if (!this.line) this.#prepare();
    if (this.isOver) return;
    if (!this.line?.localDescription) this.expectDescription();
    const name = this.context.ownName();
    void this.tell({ type: 'answer', callId: this.id, media, name, ...this.#announce() }, this.#caller);
    this.ownMedia.beginWith(media);
    this.answered(undefined);
  }

  decline(): void {
    if (this.isOver || this.isAnswered) return;
    void this.tell({ type: 'decline', callId: this.id }, this.#caller);
    this.end('declined-here');
  }

  override hangUp(): void {
    if (this.isAnswered) this.endWith('hung-up-here', 'hung-up');
    else this.decline();
  }

  override async appClosing(): Promise<void> {
    if (this.isOver) return;
    // While it only rings here, it may go on ringing on another machine of ours: nothing is said.
    const told = this.isAnswered
      ? this.tell({ type: 'hang-up', callId: this.id, reason: 'app-closed' }, this.#caller)
      : undefined;
    this.end('app-closed-here');
    await told;
  }

  protected override heard(received: ReceivedSignal): void {
    if (received.fromDevice !== this.#caller) return;
    const { signal } = received;
    switch (signal.type) {
      case 'cancel':
        // After our answer too: the caller had given up, or heard another machine of ours, before it came there.
        this.end(
          this.isAnswered && signal.reason === 'no-answer' ? 'cancelled-there' : CANCEL_HEARD[signal.reason],
        );
        return;
      case 'candidates':
        if (this.line) this.line.addRemoteCandidates(signal.ufrag, signal.candidates, signal.network);
        else if (this.#early.length < MAX_EARLY_CANDIDATES) this.#early.push(signal);
        return;
      default:
        this.handleShared(received);
    }
  }

  protected override readonly givesWayToOffers = true;

  protected override remake(): void {
    // While it rings, the answer makes another and brings its parameters along.
    if (this.isAnswered) this.startOverWith(this.#caller);
    else this.closeLine();
  }

  protected override mediaEndImpossible(): void {
    // Another machine of ours may ring for it and be able to.
    if (this.isAnswered) super.mediaEndImpossible();
    else this.end('media-failed');
  }

  protected override describeLimitReached(): void {
    // Ringing needs no media end; an answer does.
    if (this.isAnswered) this.endWith('media-failed', 'media-failed');
  }

  #prepare(): void {
    this.#ready = this.openAnswer(this.#invite, this.#caller, (line, description) => {
      const path = line.session.local;
      void this.tell({ type: 'prepare', callId: this.id, path, description }, this.#caller);
    });
    for (const { ufrag, candidates, network } of this.#early.splice(0))
      this.line?.addRemoteCandidates(ufrag, candidates, network);
  }

  /** Our side of the path, and the media end made ahead, the first time that they are told; nothing later, or where there is no line yet. */
  #announce(): { path?: PathParameters; description?: Description | undefined } {
    const { line } = this;
    if (!line || line.announced) return {};
    line.announced = true;
    return { path: line.session.local, description: this.#ready };
  }
}
