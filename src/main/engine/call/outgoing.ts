/** A call that starts here. */
import type { CancelReason, ReceivedSignal } from '../../../shared/signal.ts';
import type { DeviceId, MediaKind } from '../../../shared/words.ts';
import { Call, type CallContext, type CallOptions } from './call.ts';
import { INVITE_LIMIT_MS, RING_LIMIT_MS } from './constants.ts';
import type { Line } from './line.ts';

export class OutgoingCall extends Call {
  override readonly direction = 'outgoing';
  /** Machines of theirs that said they ring. */
  readonly #ringing = new Set<DeviceId>();
  #invited = false;

  constructor(context: CallContext, options: CallOptions) {
    super(context, options, 'calling');
    this.mark('placed');
    const line = this.openLine('offerer');
    line.once('described', () => void this.#invite(line));
    this.startTimer('ring', RING_LIMIT_MS, () => {
      this.#cancelElsewhere('no-answer');
      this.end('no-answer-there');
    });
  }

  override hangUp(): void {
    if (this.isAnswered) {
      this.endWith('hung-up-here', 'hung-up');
      return;
    }
    if (this.#invited) this.#cancelElsewhere('cancelled');
    this.end('cancelled-here');
  }

  override async appClosing(): Promise<void> {
    if (this.isOver) return;
    const told = this.isAnswered
      ? this.tell({ type: 'hang-up', callId: this.id, reason: 'app-closed' })
      : this.tell({ type: 'cancel', callId: this.id, reason: 'cancelled' }, undefined);
    this.end('app-closed-here');
    await told;
  }

  /** The other side calls us at the same moment and its call was chosen: this one ends without a word. */
  giveWay(): void {
    this.end('cancelled-here');
  }

  override handle(received: ReceivedSignal): void {
    if (this.isOver) return;
    const { signal, fromDevice } = received;
    switch (signal.type) {
      case 'ringing':
        if (this.isAnswered) {
          this.#cancel(fromDevice, 'answered-elsewhere');
          return;
        }
        if (this.#ringing.size === 0) this.mark('rang-there');
        this.#ringing.add(fromDevice);
        this.setPhase('ringing');
        return;
      case 'prepare':
        this.#ringing.add(fromDevice);
        // The first machine that is ready gets the prepared line; another one that answers starts over.
        if (
          !this.isAnswered &&
          this.line &&
          !this.line.isConnected &&
          this.line.setRemoteDescription(signal.description)
        ) {
          this.line.connect(signal.path, fromDevice);
        }
        return;
      case 'answer':
        if (this.isAnswered) {
          if (fromDevice !== this.line?.device) this.#cancel(fromDevice, 'answered-elsewhere');
          return;
        }
        this.#answeredBy(fromDevice, signal.media, signal.path, signal.description);
        return;
      case 'accept':
        if (this.line && !this.line.isConnected && this.line.device === fromDevice) {
          if (this.line.setRemoteDescription(signal.description)) this.line.connect(signal.path, fromDevice);
        }
        return;
      case 'decline':
        if (this.isAnswered) return;
        this.#cancelElsewhere('declined-elsewhere', fromDevice);
        this.end('declined-there');
        return;
      case 'busy':
        if (this.isAnswered) return;
        this.#cancelElsewhere('busy-elsewhere', fromDevice);
        this.end('busy-there');
        return;
      case 'candidates':
        // They may overtake `prepare`.
        if (!this.isAnswered || fromDevice === this.line?.device) {
          this.line?.addRemoteCandidates(signal.ufrag, signal.candidates);
        }
        return;
      default:
        this.handleShared(received);
    }
  }

  protected override mayTrickle(): boolean {
    return this.#invited;
  }

  protected override describeLimitReached(): void {
    this.end('media-failed');
  }

  async #invite(line: Line): Promise<void> {
    const description = line.localDescription;
    if (!description || this.isOver) return;
    this.#invited = true;
    this.startTimer('invite', INVITE_LIMIT_MS, () => this.end('server-unreachable'));
    const delivery = await this.tell(
      {
        type: 'invite',
        callId: this.id,
        media: this.media,
        name: this.context.ownName(),
        path: line.session.local,
        description,
      },
      undefined,
    );
    this.stopTimer('invite');
    if (this.isAnswered || this.phase === 'ringing') return;
    if (!delivery) this.end('server-unreachable');
    else if (delivery.devices === 0) this.end('offline-there');
  }

  #answeredBy(
    device: DeviceId,
    media: MediaKind,
    path: Extract<ReceivedSignal['signal'], { type: 'answer' }>['path'],
    description: Extract<ReceivedSignal['signal'], { type: 'answer' }>['description'],
  ): void {
    this.#ringing.delete(device);
    this.#cancelElsewhere('answered-elsewhere');
    const prepared = this.line?.device === device && this.line.isConnected;
    if (!prepared) {
      const usable =
        path &&
        description &&
        this.line &&
        !this.line.isConnected &&
        this.line.setRemoteDescription(description);
      if (usable) this.line?.connect(path, device);
      else this.#startOverWith(device);
    }
    this.answered(media);
    // What was switched before the answer has not been told yet.
    this.tellMediaState();
  }

  /** Another machine answered than the one the line was prepared with: a new line, offered to it alone. */
  #startOverWith(device: DeviceId): void {
    const line = this.openLine('offerer');
    line.device = device;
    line.once('described', (description) => {
      void this.tell({ type: 'offer', callId: this.id, path: line.session.local, description }, device);
    });
  }

  /** Takes the invitation back from every machine that rings, or from all when none has said so yet. */
  #cancelElsewhere(reason: CancelReason, except?: DeviceId): void {
    const answeredHere = reason === 'answered-elsewhere';
    if (this.#ringing.size === 0 && !answeredHere) {
      this.#cancel(undefined, reason);
      return;
    }
    for (const device of this.#ringing) if (device !== except) this.#cancel(device, reason);
  }

  #cancel(device: DeviceId | undefined, reason: CancelReason): void {
    void this.tell({ type: 'cancel', callId: this.id, reason }, device);
  }
}
