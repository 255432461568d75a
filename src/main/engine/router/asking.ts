/** Asking one router for a mapping by every protocol at once, and settling on the best one that is answered. */
import type { Logger } from 'pino';
import type { NetworkRouter, Outside } from '../outside/index.ts';
import { PREFERENCE_GRACE_MS, PROBE_LIMIT_MS } from './constants.ts';
import { RouterRefusedError } from './errors.ts';
import { NatPmp } from './nat-pmp.ts';
import { Pcp } from './pcp.ts';
import { PortControl } from './port-control.ts';
import type { Grant, MappingProtocol, RouterPorts, Wish } from './types.ts';
import { UpnpIgd } from './upnp-igd.ts';
import { pause, within } from './waiting.ts';

/** A router that maps our port, by the protocol it was asked with. */
export interface Holding {
  readonly router: NetworkRouter;
  readonly protocol: MappingProtocol;
  readonly grant: Grant;
  /** Takes the mapping back, and closes what was open for asking. Twice is fine. */
  end(): Promise<void>;
}

/**
 * @returns the mapping; `refused` when the router answered and would not map; `none` when it speaks none of the protocols, or the signal fired
 */
export async function askRouter(
  outside: Outside,
  router: NetworkRouter,
  ports: RouterPorts,
  wish: Wish,
  signal: AbortSignal,
  logger: Logger,
): Promise<Holding | 'refused' | 'none'> {
  const portControl = new PortControl(outside, router, ports.portControl, logger);
  const pcp = new Pcp(outside, router, portControl);
  // Best first: PCP says the most and is bound to us by its nonce; UPnP needs two more round trips and an XML reader.
  const protocols: MappingProtocol[] =
    router.family === 'IPv6'
      ? [pcp]
      : [pcp, new NatPmp(outside, portControl), new UpnpIgd(outside, router, ports.ssdp, logger)];
  const probing = new AbortController();
  const stopProbing = () => probing.abort();
  if (signal.aborted) stopProbing();
  signal.addEventListener('abort', stopProbing);
  let kept = false;
  try {
    const held = await askInOrder(outside, protocols, wish, probing.signal, logger);
    if (typeof held === 'string') return held;
    kept = true;
    const { protocol, grant } = held;
    let ended: Promise<void> | undefined;
    const end = () => {
      ended ??= protocol.unmap().finally(() => portControl.close());
      return ended;
    };
    return { router, protocol, grant, end };
  } finally {
    stopProbing();
    signal.removeEventListener('abort', stopProbing);
    if (!kept) portControl.close();
  }
}

async function askInOrder(
  outside: Outside,
  protocols: readonly MappingProtocol[],
  wish: Wish,
  signal: AbortSignal,
  logger: Logger,
): Promise<{ protocol: MappingProtocol; grant: Grant } | 'refused' | 'none'> {
  const { clock } = outside;
  const answered = new Set<MappingProtocol>();
  const waiting = new Map(
    protocols.map((protocol) => [
      protocol,
      within(clock, PROBE_LIMIT_MS, signal, (ending) => protocol.probe(ending)).then((answers) => {
        if (answers) answered.add(protocol);
        waiting.delete(protocol);
      }),
    ]),
  );
  let refused = false;
  while (!signal.aborted && (waiting.size > 0 || answered.size > 0)) {
    if (answered.size === 0) {
      await Promise.race(waiting.values());
      if (answered.size > 0 && waiting.size > 0) await pause(clock, PREFERENCE_GRACE_MS, signal);
      continue;
    }
    const protocol = protocols.find((each) => answered.has(each));
    if (!protocol) break;
    answered.delete(protocol);
    try {
      return { protocol, grant: await protocol.map(wish, signal) };
    } catch (error) {
      refused ||= error instanceof RouterRefusedError;
      logger.debug({ err: error, protocol: protocol.name }, 'the router gave no mapping');
      // Perhaps it did, and only its answer was lost.
      await protocol.unmap();
    }
  }
  return refused ? 'refused' : 'none';
}
