/** What a person who started a node should hear of: a server that is not reached, a clock that is wrong, rules that nobody can keep. */
import type { Notice, ServerState } from '../../shared/app.ts';
import type { VolunteerSettings, VolunteerState } from '../../shared/volunteer.ts';
import type { Clock, Timer } from '../engine/outside/index.ts';
import { CLOCK_OFF_MS, SERVER_LATE_MS } from './constants.ts';

const REASONS: Readonly<Record<NonNullable<ServerState['reason']>, string>> = {
  unreachable: 'nothing answers there',
  closed: 'it closed the connection',
  silent: 'it says nothing any more',
  refused: 'it refused us',
  replaced: 'another Byway of this user on this machine took its place',
  version: 'it is of another version: update the older of the two',
  'not-byway': 'that is no Byway server',
};

export interface Watched {
  readonly clock: Clock;
  server(): ServerState;
  notices(): readonly Notice[];
  /** How far the server's clock is ahead of ours, ms; null while it is not connected. */
  clockOffsetMs(): number | null;
  /** @returns what stops the listening */
  onChanged(listener: () => void): () => void;
}

/**
 * Says each thing once, and when it is over.
 *
 * @returns what stops it
 */
export function watchServer(watched: Watched, say: (sentence: string) => void): () => void {
  const { clock } = watched;
  let late: Timer;
  let isWaiting = false;
  let saidLost = false;
  let saidClock = false;

  const lost = () => {
    saidLost = true;
    say(sentenceOfLoss(watched.server(), watched.notices()));
  };
  const look = () => {
    const { state, url } = watched.server();
    if (state === 'connected') {
      clock.clearTimer(late);
      isWaiting = false;
      if (saidLost) say(`The server at ${url} is connected.`);
      saidLost = false;
      lookAtClock();
    } else if (!isWaiting) {
      isWaiting = true;
      late = clock.setTimer(lost, SERVER_LATE_MS);
    } else if (state === 'refused' && !saidLost) {
      // Waiting would not make it another answer.
      clock.clearTimer(late);
      lost();
    }
  };
  const lookAtClock = () => {
    const offsetMs = watched.clockOffsetMs();
    const isOff = offsetMs !== null && Math.abs(offsetMs) > CLOCK_OFF_MS;
    if (isOff && !saidClock) say(sentenceOfClock(offsetMs));
    saidClock = isOff;
  };
  const stopListening = watched.onChanged(look);
  look();
  return () => {
    stopListening();
    clock.clearTimer(late);
  };
}

function sentenceOfLoss({ url, reason }: ServerState, notices: readonly Notice[]): string {
  if (notices.some(({ code }) => code === 'embedded-server-failed'))
    return 'No server of our own could be started, so nobody is reached: name one with --server.';
  const why = reason === undefined ? '' : `: ${REASONS[reason]}`;
  return `The server at ${url} cannot be used${why}. Byway goes on trying; see --server.`;
}

function sentenceOfClock(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const way = offsetMs > 0 ? 'behind' : 'ahead of';
  return `This machine's clock is ${minutes} minutes ${way} the server's, so tickets for calls through here may not count: set it right.`;
}

/** Rules that were asked for here and that this machine has no way to keep. */
export function unkeptRules(
  rules: Partial<VolunteerSettings>,
  untold: VolunteerState['untold'],
): readonly string[] {
  const asked: [VolunteerState['untold'][number], boolean, string][] = [
    [
      'in-use',
      typeof rules.idleMinutes === 'number',
      '--idle stops nothing: this machine does not tell when it was last used',
    ],
    [
      'on-battery',
      rules.onlyOnMains === true,
      '--only-on-mains stops nothing: this machine does not tell of its power',
    ],
    [
      'metered',
      rules.onlyUnmetered === true,
      '--only-unmetered stops nothing: this machine does not tell what its network costs',
    ],
  ];
  return asked.flatMap(([rule, isAsked, sentence]) =>
    isAsked && untold.includes(rule) ? [`${sentence}.`] : [],
  );
}
