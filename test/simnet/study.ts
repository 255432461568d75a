/** Thousands of calls between random sites on one simulated internet: how many find a direct way, by pair of behaviours. */
import { type Peer, placeCall, type SimulatedCall, startPeer } from './call.ts';
import { SimulatedInternet } from './internet.ts';
import { KINDS, type Kind, siteOfKind } from './kinds.ts';
import { randomLine } from './line-mix.ts';
import { randomKind } from './mix.ts';
import { startStunServer } from './stun-server.ts';

/** A call begins so long after the one before, ms. Some 200 are under way at a time. */
const CALL_EVERY_MS = 80;
/** The app has run for so long when it is called, ms: what is to be found out about the NAT is known by then. */
const WARM_UP_MS = 10_000;
/** Without a path by then, there is none, ms: the limit. */
const GIVE_UP_MS = 12_000;
/** Both talk for so long once a path is open, in frames that far apart: what is open must carry. */
const FRAMES = 10;
const FRAME_EVERY_MS = 50;

export interface Cell {
  readonly a: Kind;
  readonly b: Kind;
  readonly pairs: number;
  readonly direct: number;
  /** From the placing of the call to the path on both sides, among those that were direct; null when none was. */
  readonly medianMs: number | null;
}

export interface Study {
  readonly seed: string;
  readonly pairs: number;
  readonly direct: number;
  /** Calls after which one side thought a path open that did not carry. */
  readonly disagreements: number;
  readonly datagrams: number;
  readonly cells: readonly Cell[];
}

interface Result {
  readonly kinds: readonly [Kind, Kind];
  readonly directMs: number | undefined;
  readonly disagreed: boolean;
}

/** @param onProgress told of every thousandth call that is over */
export async function study(seed: string, pairs: number, onProgress: (done: number) => void): Promise<Study> {
  const internet = new SimulatedInternet(seed);
  let datagrams = 0;
  internet.watches.push({
    sent: () => {
      datagrams++;
    },
    delivered: () => undefined,
  });
  const servers = [
    (await startStunServer(internet, 'stun1.example', { delayMs: 2 })).address,
    (await startStunServer(internet, 'stun2.example', { delayMs: 15 })).address,
  ];
  const results: Result[] = [];
  const failures: unknown[] = [];
  for (let index = 0; index < pairs; index++) {
    callOfPair(internet, servers, index).then(
      (result) => {
        results.push(result);
        if (results.length % 1_000 === 0) onProgress(results.length);
      },
      (error: unknown) => failures.push(error),
    );
    await internet.clock.run(CALL_EVERY_MS);
  }
  await internet.clock.until(() => results.length + failures.length === pairs, 2 * (WARM_UP_MS + GIVE_UP_MS));
  if (failures.length > 0) throw failures[0];
  return {
    seed,
    pairs,
    direct: results.filter(({ directMs }) => directMs !== undefined).length,
    disagreements: results.filter(({ disagreed }) => disagreed).length,
    datagrams,
    cells: cellsOf(results),
  };
}

async function callOfPair(
  internet: SimulatedInternet,
  servers: readonly { host: string; port: number }[],
  index: number,
): Promise<Result> {
  const random = internet.random.derive(`pair ${index}`);
  const kinds = [randomKind(random), randomKind(random)] as const;
  const peer = (kind: Kind, name: string): Promise<Peer> => {
    const host = internet.host(`${name} ${index}`);
    internet.connect(host, siteOfKind(internet, kind, randomLine(random)));
    return startPeer(host, servers);
  };
  const from = await peer(kinds[0], 'caller');
  const to = await peer(kinds[1], 'callee');
  await pass(internet, WARM_UP_MS);
  const signalling = { delayMs: 20 + random.fraction() * 60, jitterMs: 20 };
  const call = placeCall(internet, from, to, signalling);
  for (let passedMs = 0; passedMs < GIVE_UP_MS && !isOpenOnBothSides(call); passedMs += FRAME_EVERY_MS) {
    await pass(internet, FRAME_EVERY_MS);
  }
  const { caller = Number.NaN, callee = Number.NaN } = call.openedMs;
  const directMs = isOpenOnBothSides(call) ? Math.max(caller, callee) : undefined;
  const heard = await talk(internet, call);
  const isOpen = [call.caller, call.callee].map((session) => session?.report().state === 'open');
  call.close();
  await Promise.all([from.paths.close(), to.paths.close()]);
  const disagreed = isOpen[0] !== isOpen[1] || (directMs !== undefined && heard.some((count) => count === 0));
  return { kinds, directMs, disagreed };
}

function isOpenOnBothSides({ openedMs: { caller, callee } }: SimulatedCall): boolean {
  return caller !== undefined && callee !== undefined;
}

/** Frames that each side heard. */
async function talk(internet: SimulatedInternet, call: SimulatedCall): Promise<number[]> {
  const heard = [0, 0];
  const sides = [call.caller, call.callee];
  sides.forEach((session, side) => {
    if (session) session.media.onDatagram = () => heard.splice(side, 1, (heard[side] ?? 0) + 1);
  });
  const frame = Buffer.from('speech');
  for (let sent = 0; sent < FRAMES; sent++) {
    for (const session of sides) session?.media.send(frame);
    await pass(internet, FRAME_EVERY_MS);
  }
  return heard;
}

function pass({ clock }: SimulatedInternet, durationMs: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(resolve, durationMs));
}

function cellsOf(results: readonly Result[]): Cell[] {
  return KINDS.flatMap((a, row) =>
    KINDS.slice(row).map((b) => {
      const these = results.filter(
        ({ kinds: [caller, callee] }) => (caller === a && callee === b) || (caller === b && callee === a),
      );
      const times = these.flatMap(({ directMs }) => directMs ?? []).sort((x, y) => x - y);
      const median = times[times.length >> 1];
      return {
        a,
        b,
        pairs: these.length,
        direct: times.length,
        medianMs: median === undefined ? null : Math.round(median),
      };
    }),
  );
}
