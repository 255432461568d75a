/**
 * Users for tests: real engines on real sockets and a real rendezvous server, in one process. Only their media end is a
 * stub (`StubMediaEnd`): it writes session descriptions and sends nothing.
 */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { vi } from 'vitest';
import { createEngine, type Engine, type EngineOptions } from '../../src/main/engine/index.ts';
import type { Outside, Timer } from '../../src/main/engine/outside/index.ts';
import { realOutside } from '../../src/main/engine/outside/real.ts';
import { DEFAULT_SETTINGS } from '../../src/main/engine/store/index.ts';
import { type RendezvousServer, type ServerOptions, startServer } from '../../src/server/index.ts';
import type { CallSnapshot } from '../../src/shared/call.ts';
import type { VolunteerSettings } from '../../src/shared/volunteer.ts';
import { sessionDescription } from './session-description.ts';

export const silentLogger = pino({ level: process.env.BYWAY_TEST_LOG ?? 'silent' });

/** Answers every wish of a snapshot for an endpoint with a well-formed description. */
export class StubMediaEnd {
  readonly described: string[] = [];
  readonly #engine: Engine;
  readonly #changed = () => this.#look();
  enabled = true;

  constructor(engine: Engine) {
    this.#engine = engine;
    engine.calls.on('changed', this.#changed);
  }

  #look(): void {
    const call = this.#engine.calls.current;
    const endpoint = call?.endpoint;
    if (!this.enabled || !call || !endpoint || this.described.includes(endpoint.id)) return;
    if (endpoint.described || (endpoint.role === 'answerer' && !endpoint.remote)) return;
    this.described.push(endpoint.id);
    const type = endpoint.role === 'offerer' ? 'offer' : 'answer';
    queueMicrotask(() => {
      if (this.#engine.calls.current?.endpoint?.id !== endpoint.id) return;
      this.#engine.calls.describe(call.id, endpoint.id, { type, sdp: sessionDescription(type) });
    });
  }
}

export interface TestUser {
  readonly engine: Engine;
  readonly media: StubMediaEnd;
  readonly directory: string;
  readonly id: string;
  call(): CallSnapshot | null;
  link(): string;
}

/** A clock whose long timers wait for the test's word, so that 45 s of ringing take no time. */
export class ImpatientClock {
  readonly #long = new Set<{ callback: () => void; delayMs: number }>();
  readonly outside: Outside;

  constructor(longMs: number) {
    const { clock } = realOutside;
    this.outside = {
      ...realOutside,
      clock: {
        now: () => clock.now(),
        wallNow: () => clock.wallNow(),
        setTimer: (callback, delayMs): Timer => {
          if (delayMs < longMs) return clock.setTimer(callback, delayMs);
          const timer = { callback, delayMs };
          this.#long.add(timer);
          return timer;
        },
        clearTimer: (timer) => {
          if (!this.#long.delete(timer as { callback: () => void; delayMs: number })) clock.clearTimer(timer);
        },
      },
    };
  }

  /** Fires every waiting timer of exactly this delay. */
  fire(delayMs: number): number {
    const due = [...this.#long].filter((timer) => timer.delayMs === delayMs);
    for (const timer of due) {
      this.#long.delete(timer);
      timer.callback();
    }
    return due.length;
  }
}

/** A little world: one server, any number of users, all gone after `close`. */
export class TestWorld {
  readonly #users: TestUser[] = [];
  readonly #directories: string[] = [];
  #server: RendezvousServer | undefined;
  #port = 0;

  /** Where the server is, or was and will be again. */
  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  async open(options: Partial<ServerOptions> = {}): Promise<this> {
    this.#server = await startServer({
      host: '127.0.0.1',
      port: this.#port,
      logger: silentLogger,
      oneMachine: true,
      ...options,
    });
    this.#port = this.#server.port;
    return this;
  }

  /** The server goes away; `open` brings it back on the same port. */
  async stopServer(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  async user(name: string, options: Partial<EngineOptions> = {}): Promise<TestUser> {
    const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'byway-test-')));
    this.#directories.push(directory);
    const engine = createEngine({
      dataDirectory: directory,
      host: 'headless',
      version: '0.0.0-test',
      logger: silentLogger,
      serverUrl: this.url,
      includeLoopback: true,
      ...options,
    });
    const user: TestUser = {
      engine,
      media: new StubMediaEnd(engine),
      directory,
      id: engine.userId,
      call: () => engine.calls.current,
      link: () => engine.app.state().profile.link,
    };
    this.#users.push(user);
    await engine.start();
    engine.app.setName(name);
    if (!('serverUrl' in options)) {
      await vi.waitFor(() => {
        if (engine.app.state().server.state !== 'connected') throw new Error('not connected yet');
      }, 10_000);
    }
    return user;
  }

  /** The same person on another machine: the identity is brought there, the machine's own name is not. */
  async secondMachine(user: TestUser): Promise<TestUser> {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'byway-test-'));
    for (const file of ['identity.json', 'profile.json', 'contacts.json']) {
      await copyFile(join(user.directory, file), join(dataDirectory, file));
    }
    return this.user(user.engine.app.state().profile.name, { dataDirectory });
  }

  async close(): Promise<void> {
    await Promise.all(this.#users.map(({ engine }) => engine.stop()));
    await this.stopServer();
    await Promise.all(this.#directories.map((directory) => rm(directory, { recursive: true, force: true })));
  }
}

/** The settings of somebody who lends their line, as they are at first but for these. */
export function lending(changes: Partial<VolunteerSettings> = {}): VolunteerSettings {
  return { ...DEFAULT_SETTINGS.volunteer, enabled: true, ...changes };
}

/** Waits until a user's engine has asked what it asks about the network: those questions have sockets of their own for a moment. */
export async function untilNetworkKnown({ engine }: TestUser): Promise<void> {
  await until(() => {
    const { udp, running } = engine.network.report();
    return udp === 'works' && !running;
  });
}

/** Makes two users each other's contacts, by link and acceptance, and waits until each sees the other online. */
export async function befriend(one: TestUser, other: TestUser): Promise<void> {
  one.engine.people.add(other.link());
  await until(() => other.engine.people.snapshot().requests.some(({ userId }) => userId === one.id));
  other.engine.people.acceptRequest(one.id);
  await until(() => one.engine.people.contact(other.id)?.state === 'mutual');
  await until(() => one.engine.people.isOnline(other.id) && other.engine.people.isOnline(one.id));
}

/** Waits for a condition, at most 10 s. */
export async function until(condition: () => boolean | undefined, timeoutMs = 10_000): Promise<void> {
  await vi.waitFor(
    () => {
      if (!condition()) throw new Error(`still not: ${condition}`);
    },
    { timeout: timeoutMs, interval: 10 },
  );
}
