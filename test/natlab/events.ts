/** What can happen to a call in the laboratory: `--event atMs:what[@site]`. docs/natlab.md says what each of them is. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Background } from '../../scripts/steps/background.ts';
import {
  hasIpv6,
  type Ipv6Choice,
  innerNetwork,
  type NodeSite,
  publicAddressAfter,
  type Site,
} from './addresses.ts';
import { boxNames, HOST_DEVICE, hostOf, INTERNET } from './internet.ts';
import { ipv6AddressOf, ipv6WayOut } from './ipv6.ts';
import type { Kind } from './kinds.ts';
import { configure, feed, setRules, within } from './namespaces.ts';
import { lossOf, rebound, straightClosed, straightOpen } from './nat-rules.ts';
import type { Volunteer } from './volunteers.ts';

/** Something that happens so long after the first picture on both sides. */
export interface LaboratoryEvent {
  readonly atMs: number;
  readonly what: What;
  /** To whom. */
  readonly site: Site;
  /** What comes after a second colon: a share of packets, per cent. */
  readonly amount: number;
}

/** What there is for things to happen to. */
export interface EventWorld {
  readonly kinds: Readonly<Record<Site, Kind>>;
  /** Nobody has it without. */
  readonly ipv6?: Ipv6Choice;
  /** The rendezvous server; absent where plain WebRTC is measured alone. */
  readonly server?: Background;
  readonly volunteers: readonly Volunteer[];
  /** Whose node carries the call now. */
  readonly carryingNode: () => Promise<NodeSite | null>;
  /** What has happened so far, so that what happens again is not what it undoes. Begins empty. */
  readonly past: LaboratoryEvent[];
}

type Happening = (world: EventWorld, event: LaboratoryEvent) => Promise<unknown>;

const HAPPENINGS = {
  'nat-rebind': natRebinds,
  'link-down': async (_world, { site }) => configure(hostOf(site), [`link set ${HOST_DEVICE} down`]),
  'link-up': async ({ kinds, ipv6 = 'none' }, { site }) =>
    configure(hostOf(site), [
      `link set ${HOST_DEVICE} up`,
      // The kernel forgot it when the link went down.
      `route replace default ${wayOut(kinds[site], site)}`,
      ...(hasIpv6(ipv6, site) ? [`route replace ::/0 ${ipv6WayOut(kinds[site], site)}`] : []),
    ]),
  'ip-change': addressChanges,
  loss: async (_world, { amount }) => setRules(INTERNET, lossOf(amount)),
  'straight-closed': async () => setRules(INTERNET, straightClosed()),
  'straight-open': async () => setRules(INTERNET, straightOpen()),
  'node-leave': async (world) => (await carrying(world)).engine.child.kill('SIGTERM'),
  'node-kill': async (world) => (await carrying(world)).engine.child.kill('SIGKILL'),
  'server-stop': async ({ server }) => server?.stop(),
} as const satisfies Record<string, Happening>;

export type What = keyof typeof HAPPENINGS;

export const WHATS = Object.keys(HAPPENINGS) as readonly What[];

/** @throws Error in words, where it is none */
export function readEvent(text: string): LaboratoryEvent {
  const match = /^(\d+):([a-z-]+)(?::(\d+(?:\.\d+)?))?(?:@([ab]))?$/.exec(text);
  const what = WHATS.find((each) => each === match?.[2]);
  const hasAmount = match?.[3] !== undefined;
  if (!match || what === undefined || hasAmount !== (what === 'loss')) {
    throw new Error(
      `--event must be MS:WHAT[@a|@b], WHAT one of ${WHATS.join(', ').replace('loss', 'loss:PCT')}`,
    );
  }
  const amount = Number(match[3] ?? 0);
  if (amount > 100) throw new Error('--event loss: no more than 100 % can be lost');
  return { atMs: Number(match[1]), what, site: match[4] === 'b' ? 'b' : 'a', amount };
}

/** Lets one after another happen, and gives when each did, ms since 1970. Ends with the last one. */
export async function letHappen(world: EventWorld, events: readonly LaboratoryEvent[]): Promise<number[]> {
  const startedAt = performance.now();
  const happenedAt: number[] = [];
  for (const event of [...events].sort((one, other) => one.atMs - other.atMs)) {
    await delay(Math.max(0, startedAt + event.atMs - performance.now()));
    happenedAt.push(await letOneHappen(world, event));
  }
  return happenedAt;
}

/** Lets it happen now, and gives when that was, ms since 1970. */
export async function letOneHappen(world: EventWorld, event: LaboratoryEvent): Promise<number> {
  const at = performance.timeOrigin + performance.now();
  await HAPPENINGS[event.what](world, event);
  world.past.push(event);
  return at;
}

/** How often this happened to the same site before. */
function timesBefore({ past }: EventWorld, { what, site }: LaboratoryEvent): number {
  return past.filter((event) => event.what === what && event.site === site).length;
}

/** The NAT of a site starts anew: it has forgotten whom it let in, and all its ports are others. */
async function natRebinds(world: EventWorld, event: LaboratoryEvent): Promise<void> {
  const { kinds } = world;
  const { site } = event;
  const [outermost] = boxNames(kinds[site], site);
  if (outermost === undefined) throw new Error(`there is no NAT at a site of kind ${kinds[site]}`);
  await setRules(outermost, rebound(kinds[site], timesBefore(world, event)));
  const [exec = '', ...args] = within(outermost);
  await feed(exec, [...args, 'conntrack', '--flush']);
}

/** The machine gets another address of its network; one with a public address gets another one of those. */
async function addressChanges(world: EventWorld, event: LaboratoryEvent): Promise<void> {
  const { kinds, ipv6 = 'none' } = world;
  const { site } = event;
  const kind = kinds[site];
  const network = innerNetwork(kind === 'lan' ? 'a' : site, 'home');
  const isPublic = boxNames(kind, site).length === 0;
  const number = kind === 'lan' && site === 'b' ? 3 : 2;
  const addressAfter = (changes: number) => {
    if (isPublic) return `${publicAddressAfter(site, changes)}/32`;
    // Two machines of one network take turns.
    return `${network}.${changes === 0 ? number : 98 + number + 2 * changes}/24`;
  };
  const changes = timesBefore(world, event);
  const [before, after] = [addressAfter(changes), addressAfter(changes + 1)];
  if (isPublic) await configure(INTERNET, [`route add ${after} dev to-${site}`]);
  await configure(hostOf(site), [
    `address del ${before} dev ${HOST_DEVICE}`,
    `address add ${after} dev ${HOST_DEVICE}`,
    `route replace default ${wayOut(kind, site)}`,
    ...(hasIpv6(ipv6, site)
      ? [
          `address del ${ipv6AddressOf(kind, site, changes)} dev ${HOST_DEVICE}`,
          `address add ${ipv6AddressOf(kind, site, changes + 1)} dev ${HOST_DEVICE}`,
          `route replace ::/0 ${ipv6WayOut(kind, site)}`,
        ]
      : []),
  ]);
}

/** Whoever carries the call: it is theirs to go. */
async function carrying({ volunteers, carryingNode }: EventWorld): Promise<Volunteer> {
  const site = await carryingNode();
  const volunteer = volunteers.find((each) => each.site === site);
  if (volunteer === undefined) throw new Error('no node carries the call, so none can leave it');
  return volunteer;
}

function wayOut(kind: Kind, site: Site): string {
  if (boxNames(kind, site).length === 0) return `dev ${HOST_DEVICE}`;
  return `via ${innerNetwork(kind === 'lan' ? 'a' : site, 'home')}.1`;
}
