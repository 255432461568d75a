/** The asking side of a test: mappings wanted on loopback, of routers that the test runs. */
import pino from 'pino';
import type { RouterReport } from '../../../../shared/network.ts';
import type { TransportAddress } from '../../../../shared/words.ts';
import type { NetworkRouter, Outside } from '../../outside/index.ts';
import { realOutside } from '../../outside/real.ts';
import { RouterMappings } from '../mappings.ts';

/** Where nothing listens: port 9, discard (RFC 863). */
const NOBODY = 9;

export class AskingApp {
  internalPort: number | undefined = 40_123;
  /** Our addresses as STUN servers would see them. */
  seen: string[] = ['198.51.100.7'];
  /** What a proof comes out as. */
  proves: (external: TransportAddress, signal: AbortSignal) => Promise<boolean | undefined> = async () =>
    undefined;
  routers: NetworkRouter[] = [
    { family: 'IPv4', address: '127.0.0.1', localAddress: '127.0.0.1', certain: true },
  ];
  readonly reports: RouterReport[] = [];
  readonly mappings: RouterMappings;

  constructor(ports: { portControl?: number; ssdp?: number }, outside: Outside = realOutside) {
    this.mappings = new RouterMappings({
      outside: { ...outside, network: { ...outside.network, routers: async () => this.routers } },
      internalPort: async (family) => (family === 'IPv4' ? this.internalPort : undefined),
      seen: (family) => (family === 'IPv4' ? this.seen : []),
      prove: (external, signal) => this.proves(external, signal),
      onChange: () => this.reports.push(this.mappings.report()),
      includeLoopback: true,
      ports: { portControl: ports.portControl ?? NOBODY, ssdp: ports.ssdp ?? NOBODY },
      logger: pino({ level: process.env.BYWAY_TEST_LOG ?? 'silent' }),
    });
    this.mappings.setAsks(true);
  }

  get state(): RouterReport['state'] {
    return this.mappings.report().state;
  }
}
