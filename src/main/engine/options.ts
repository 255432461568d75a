/** What a host brings when it makes an engine. */
import type { Logger } from 'pino';
import type { AppState } from '../../shared/app.ts';
import type { VolunteerSettings } from '../../shared/volunteer.ts';
import type { Outside } from './outside/index.ts';
import type { SecretBox } from './store/index.ts';
import type { Machine } from './volunteering/machine.ts';

export interface EmbeddedServer {
  readonly url: string;
  /** Whether it runs in this process, or was found running on this machine. */
  readonly own: boolean;
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Where identity, contacts, settings and recent calls are kept. */
  readonly dataDirectory: string;
  readonly host: AppState['host'];
  readonly version: string;
  readonly logger: Logger;
  /** The system's key storage, where there is one. */
  readonly secretBox?: SecretBox;
  /** Overrides the setting. */
  readonly serverUrl?: string;
  /** Starts the server that is used when no other is configured. */
  readonly startEmbeddedServer?: () => Promise<EmbeddedServer>;
  /** Preferred UDP port; 0 or absent lets the system choose. */
  readonly udpPort?: number;
  /** Offer loopback addresses to other engines; otherwise only where there is no other address. */
  readonly includeLoopback?: boolean;
  /** Routers may be asked for a mapping of our port, if the setting says so too. Absent means no. */
  readonly routerMappings?: boolean;
  /** Rules of volunteering that count for this run whatever the settings say, each until the user changes it. */
  readonly volunteer?: Partial<VolunteerSettings>;
  /** What the host knows of the machine. Rules that need more than the engine sees are kept only with it. */
  readonly machine?: Machine;
  readonly outside?: Outside;
}
