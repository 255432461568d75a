/** A call that starts here. */
import type { EndReason, ReadyOffer } from '../../../shared/call.ts';
import type {
  CancelReason,
  HangUpReason,
  PathParameters,
  ReceivedSignal,
  Signal,
} from '../../../shared/signal.ts';
import type { DeviceId } from '../../../shared/words.ts';
import { Call, type CallContext } from './call.ts';
import { INVITE_LIMIT_MS, MAX_RINGING, RING_LIMIT_MS } from './constants.ts';
import { isUsableAnswer, type Line } from './line.ts';
import { HANG_UP_HEARD } from './reasons.ts';
import type { CallOptions } from './state.ts';

type Prepare = Extract<Signal, { type: 'prepare' }>;

export class OutgoingCall extends Call {
  override readonly direction = 'outgoing';
  /** Machines of theirs that said they ring. */
  readonly #ringing = new Set<DeviceId>();
  #invited = false;
  /** The endpoint that the invitation describes is gone: whoever answers is offered a new one. */
  #invitationStale = false;
  readonly #unwanted = new AbortController();

  /** @param offer the media end, where a page has it ready; usable */
  constructor(context: CallContext, options: CallOptions, offer?: ReadyOffer) {
    super(context, options, 'calling');
    this.mark('placed');
    const line = this.openLine('offerer', offer);
    line.once('described', () => void this.#invite(line));
    this.timers.set('ring', RING_LIMIT_MS, () => {
      void this.#takeBack('no-answer');
      this.end('no-answer-there');
    });
    if (offer) line.describe(offer.description);
  }

  override hangUp(): void {
    if (this.isAnswered) {
      this.endWith('hung-up-here', 'hung-up');
      return;
    }
    void this.#takeBack('cancelled');
    this.end('cancelled-here');
  }

  override async appClosing(): Promise<void> {
    if (this.isOver) return;
    const told = this.isAnswered
      ? this.tell({ type: 'hang-up', callId: this.id, reason: 'app-closed' })
      : this.#takeBack('cancelled');
    this.end('app-closed-here');
    await told;
  }

  /**
   * The other side calls us at the same moment and its call was chosen. The machine that calls knows of it; at others of
   * theirs ours may ring.
   */
  giveWay(): void {
    void this.#takeBack('answered-elsewhere');
    this.end('cancelled-here');
  }

  /** What a machine of theirs is told that speaks of this call after its end: it has missed our word and would ring on. */
  farewell(): CancelReason {
    if (this.isAnswered) return 'answered-elsewhere';
    const { end } = this.snapshot();
    if (end === 'no-answer-there') return 'no-answer';
    return end === 'declined-there' ? 'declined-elsewhere' : 'cancelled';
  }

  protected override heard(received: ReceivedSignal): void {
    const { signal, fromDevice } = received;
    switch (signal.type) {
      case 'ringing':
        if (this.isAnswered) {
          if (fromDevice !== this.device) this.#cancel(fromDevice, 'answered-elsewhere');
          return;
        }
        if (this.#ringing.size === 0) this.mark('rang-there');
        this.#rings(fromDevice);
        this.#told(fromDevice, signal);
        this.setPhase('ringing');
        return;
      case 'prepare':
        if (!this.isAnswered) this.#rings(fromDevice);
        this.#prepare(fromDevice, signal);
        return;
      case 'answer':
        if (this.isAnswered) {
          if (fromDevice !== this.line?.device) this.#cancel(fromDevice, 'answered-elsewhere');
          return;
        }
        this.#answeredBy(fromDevice, signal);
        return;
      case 'decline':
        if (this.isAnswered) return;
        void this.#takeBack('declined-elsewhere');
        this.end('declined-there');
        return;
      case 'busy':
        if (this.isAnswered) return;
        void this.#takeBack('busy-elsewhere');
        this.end('busy-there');
        return;
      case 'hang-up':
        if (this.isAnswered) {
          this.handleShared(received);
          return;
        }
        // A person answered and hung up, or had no media end, before there was an answer to send.
        void this.#takeBack('declined-elsewhere');
        this.end(HANG_UP_HEARD[signal.reason]);
        return;
      case 'candidates':
        // They may overtake `prepare`.
        if (!this.isAnswered || fromDevice === this.line?.device) {
          this.line?.addRemoteCandidates(signal.ufrag, signal.candidates, signal.network);
        }
        return;
      case 'flight':
        // So may a flight.
        if (!this.isAnswered || fromDevice === this.line?.device) this.line?.flightCame(fromDevice, signal);
        return;
      default:
        this.handleShared(received);
    }
  }

  protected override readonly givesWayToOffers = false;

  protected override remake(): void {
    const device = this.line?.device;
    if (this.isAnswered && device !== undefined) {
      this.startOverWith(device);
      return;
    }
    this.#invitationStale = true;
    this.openLine('offerer');
  }

  protected override describeLimitReached(): void {
    this.endWith('media-failed', 'media-failed');
  }

  protected override endWith(reason: EndReason, told: HangUpReason): void {
    // Nobody has answered yet: there is an invitation to take back and nobody to hang up on.
    if (this.isAnswered) {
      super.endWith(reason, told);
      return;
    }
    void this.#takeBack('cancelled');
    this.end(reason);
  }

  async #invite(line: Line): Promise<void> {
    const description = line.localDescription;
    if (!description || this.isOver) return;
    this.#invited = true;
    line.announced = true;
    this.timers.set('invite', INVITE_LIMIT_MS, () => this.#notDelivered('server-unreachable'));
    const delivery = await this.tell(
      {
        type: 'invite',
        callId: this.id,
        media: this.media,
        name: this.context.ownName(),
        path: line.session.local,
        description,
      },
      'all',
      this.#unwanted.signal,
    );
    this.timers.clear('invite');
    if (this.isOver || this.isAnswered || this.phase === 'ringing') return;
    if (!delivery) this.#notDelivered('server-unreachable');
    else if (delivery.devices === 0) this.#notDelivered('offline-there');
  }

  /** The server may have it all the same, or keep it for a machine that comes soon: it must not ring there then. */
  #notDelivered(reason: EndReason): void {
    void this.#takeBack('cancelled');
    this.end(reason);
  }

  /**
   * The first machine that tells its side of the path gets the line the invitation described; another one that answers
   * starts over.
   */
  #reach(device: DeviceId, path: PathParameters): void {
    if (!this.isAnswered && !this.#invitationStale) this.line?.connect(path, device);
  }

  /** A first word of theirs: their side of the path, and their media end where it was made ahead. */
  #told(device: DeviceId, { path, description }: Partial<Pick<Prepare, 'path' | 'description'>>): void {
    if (path && description) this.#prepare(device, { path, description });
    else if (path) this.#reach(device, path);
  }

  /** The media end at the other side of that line. It may come after the answer, which waits for nothing. */
  #prepare(device: DeviceId, { path, description }: Pick<Prepare, 'path' | 'description'>): void {
    const { line } = this;
    if (!line || line.hasRemoteDescription || !isUsableAnswer(description)) return;
    if (!line.isConnected) this.#reach(device, path);
    if (line.device === device && line.isConnectedTo(path)) line.setRemoteDescription(description);
  }

  #answeredBy(device: DeviceId, { media, path, description }: Extract<Signal, { type: 'answer' }>): void {
    this.#ringing.delete(device);
    for (const other of this.#ringing) this.#cancel(other, 'answered-elsewhere');
    // A path comes with an answer of whom we did not know it, or whose prepared end is gone.
    if (path && this.line?.isConnected === false) this.#reach(device, path);
    const { line } = this;
    const isPrepared = line?.device === device && line.isConnected && (!path || line.isConnectedTo(path));
    if (!isPrepared) this.startOverWith(device);
    else if (path && description) this.#prepare(device, { path, description });
    this.answered(media);
    // What was switched before the answer has not been told yet.
    this.tellMediaState();
  }

  /** Takes the invitation back from all their machines, those that have not said a word yet included. */
  async #takeBack(reason: CancelReason): Promise<void> {
    this.#unwanted.abort();
    if (this.#invited) await this.tell({ type: 'cancel', callId: this.id, reason }, 'all');
  }

  #cancel(device: DeviceId, reason: CancelReason): void {
    void this.tell({ type: 'cancel', callId: this.id, reason }, device);
  }

  #rings(device: DeviceId): void {
    if (this.#ringing.size < MAX_RINGING) this.#ringing.add(device);
  }
}
