/** NetworkManager: which networks Linux is in, and whether the one to the internet is metered. */
import { z } from 'zod';
import type { ConnectedNetwork } from '../../engine/volunteering/machine.ts';
import { MAX_NETWORKS } from '../constants.ts';
import { readJson } from '../json.ts';
import { readableName } from '../names.ts';

/** All its objects at once, without starting it where it does not run. */
export const NETWORK_MANAGER_QUESTION = [
  '--system',
  '--auto-start=no',
  '--json=short',
  'call',
  'org.freedesktop.NetworkManager',
  '/org/freedesktop',
  'org.freedesktop.DBus.ObjectManager',
  'GetManagedObjects',
] as const;

const Properties = z.record(z.string(), z.object({ data: z.unknown() }));
const Objects = z.record(z.string(), z.record(z.string(), Properties));
const Answer = z.object({ data: z.tuple([Objects]) });

const Path = z.string().startsWith('/');
const Root = z.object({ Metered: z.object({ data: z.number() }) });
const Active = z.object({
  Id: z.object({ data: z.string() }),
  Type: z.object({ data: z.string() }),
  State: z.object({ data: z.number() }),
  Devices: z.object({ data: z.array(Path) }),
});
const Device = z.object({ Interface: z.object({ data: z.string() }) });
const Wireless = z.object({ ActiveAccessPoint: z.object({ data: Path }) });
const AccessPoint = z.object({ Ssid: z.object({ data: z.array(z.number().int().min(0).max(255)) }) });

const NAME = 'org.freedesktop.NetworkManager';
/** NMMetered: unknown, yes, no, and guesses. */
const METERED = new Map([
  [1, true],
  [2, false],
  [3, true],
  [4, false],
]);
/** NMActiveConnectionState: activating, activated. */
const CONNECTED = new Set([1, 2]);

/**
 * From `busctl`'s JSON. A network is named by its SSID and by what its user calls the connection, where that is another name.
 *
 * @returns undefined for anything else
 */
export function parseNetworkManager(
  text: string,
): { metered?: boolean; networks: ConnectedNetwork[] } | undefined {
  const objects = readJson(Answer, text)?.data[0];
  const manager = objects?.[`/${NAME.replaceAll('.', '/')}`]?.[NAME];
  if (objects === undefined || manager === undefined) return undefined;
  const networks = Object.values(objects).flatMap((object) => {
    const active = Active.safeParse(object[`${NAME}.Connection.Active`]).data;
    if (active === undefined || active.Type.data === 'loopback' || !CONNECTED.has(active.State.data))
      return [];
    return active.Devices.data.flatMap((device) =>
      networksOf(objects[device] ?? {}, active.Id.data, objects),
    );
  });
  const metered = METERED.get(Root.safeParse(manager).data?.Metered.data ?? 0);
  return { networks: networks.slice(0, MAX_NETWORKS), ...(metered === undefined ? {} : { metered }) };
}

type ObjectOfIts = z.infer<typeof Objects>[string];

function networksOf(
  device: ObjectOfIts,
  connection: string,
  objects: z.infer<typeof Objects>,
): ConnectedNetwork[] {
  const interfaceName = readableName(Device.safeParse(device[`${NAME}.Device`]).data?.Interface.data ?? '');
  if (interfaceName === undefined) return [];
  const at = Wireless.safeParse(device[`${NAME}.Device.Wireless`]).data?.ActiveAccessPoint.data ?? '/';
  const bytes = AccessPoint.safeParse(objects[at]?.[`${NAME}.AccessPoint`]).data?.Ssid.data ?? [];
  const names = [Buffer.from(bytes).toString('utf8'), connection].map(readableName);
  return [...new Set(names)].flatMap((name) => (name === undefined ? [] : [{ interfaceName, name }]));
}
