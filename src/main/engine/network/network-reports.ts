/** `networkReport()`: the network as a person is told of it, from everything that finds out about it. */
import type { Logger } from 'pino';
import type { ServerState } from '../../../shared/app.ts';
import type { NetworkReport } from '../../../shared/network.ts';
import type { Clock } from '../outside/index.ts';
import type { PathService } from '../path/index.ts';
import { CaptivePortal } from './captive-portal.ts';
import type { FetchPage } from './page.ts';

export interface NetworkReportsOptions {
  readonly clock: Clock;
  readonly paths: Pick<PathService, 'nat' | 'udp' | 'routerReport' | 'onNetworkState'>;
  readonly logger: Logger;
  readonly fetchPage?: FetchPage;
}

export class NetworkReports {
  readonly #options: NetworkReportsOptions;
  readonly #portal: CaptivePortal;
  readonly #listeners = new Set<() => void>();
  readonly #stopListening: (() => void)[];
  #isConnected = false;
  #report: NetworkReport;

  constructor(options: NetworkReportsOptions) {
    this.#options = options;
    const { clock, paths, logger } = options;
    const look = () => this.#look();
    this.#portal = new CaptivePortal({ clock, onChange: look, logger, fetchPage: options.fetchPage });
    this.#report = { at: clock.wallNow(), ...this.#facts() };
    this.#stopListening = [paths.onNetworkState(look), paths.nat.onChange(look)];
  }

  report(): NetworkReport {
    this.#look();
    return this.#report;
  }

  /** Calls back after each change; returns what stops it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The rendezvous server is reached, or not: silence of UDP means something only when TCP speaks. */
  serverChanged(state: ServerState): void {
    this.#isConnected = state.state === 'connected';
    this.#portal.serverChanged(state);
    this.#look();
  }

  close(): void {
    this.#portal.close();
    for (const stop of this.#stopListening) stop();
    this.#listeners.clear();
  }

  #facts(): Omit<NetworkReport, 'at'> {
    const { paths } = this.#options;
    const { nat } = paths;
    const reached = paths.udp();
    const router = paths.routerReport();
    return {
      running: nat.running || reached === 'asking' || router.state === 'asking' || this.#portal.asking,
      udp: reached === 'works' ? 'works' : reached === 'silent' && this.#isConnected ? 'blocked' : 'unknown',
      captivePortal: this.#portal.verdict,
      IPv4: nat.report('IPv4'),
      IPv6: nat.report('IPv6'),
      router,
    };
  }

  #look(): void {
    const facts = this.#facts();
    const { at, ...before } = this.#report;
    if (JSON.stringify(facts) === JSON.stringify(before)) return;
    this.#report = { at: Math.max(at, this.#options.clock.wallNow()), ...facts };
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#options.logger.error({ err: error }, 'a listener of the network report failed');
      }
    }
  }
}
