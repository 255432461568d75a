/** A gateway's description (UPnP IGD): which of its services map ports, and where they are controlled. */
import type { RouterLocation } from './ssdp.ts';
import { locationOn } from './ssdp.ts';
import { elementsNamed, readXml, textOf } from './xml.ts';

/** The services that map ports, best first: version 2 chooses another port by itself when ours is taken. */
const CONNECTION_SERVICES = [
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
] as const;

export interface ConnectionService {
  readonly type: string;
  readonly control: RouterLocation;
}

/**
 * The services that map ports, best first. One that is controlled on another machine than the gateway is left out: asking it would let a
 * router have us send requests anywhere in the network.
 *
 * @param address the gateway's
 * @param location where the description was
 */
export function readConnectionServices(
  description: string,
  address: string,
  location: RouterLocation,
): ConnectionService[] {
  const root = readXml(description);
  if (root === null) return [];
  const base = locationOn(address, textOf(root, 'URLBase') || '.', location);
  if (base === null) return [];
  const services = elementsNamed(root, 'service').flatMap((service) => {
    const type = textOf(service, 'serviceType');
    const url = textOf(service, 'controlURL');
    const control = url ? locationOn(address, url, base) : null;
    return type && control ? [{ type, control }] : [];
  });
  return CONNECTION_SERVICES.flatMap((wanted) => services.filter(({ type }) => type === wanted));
}
