/** One line to the engine: a message port under Electron, a WebSocket on loopback headless. */
import type { ClientContext, ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { PORT_PATIENCE_MS } from './constants.ts';
import { enterSession } from './session.ts';

export interface Line {
  readonly link: ClientLink<ClientContext>;
  /** Fulfilled once the line is gone, for whatever reason. */
  readonly closed: Promise<void>;
  close(): void;
}

declare global {
  interface Window {
    /** Set by the preload script of the desktop app. */
    readonly bywayHost?: 'desktop';
  }
}

/** Opens a line to the engine of this host. Rejects when there is none to be had now; the caller tries again. */
export function openLine(signal: AbortSignal): Promise<Line> {
  return window.bywayHost === 'desktop' ? openPort(signal) : openSocket(signal);
}

function openPort(signal: AbortSignal): Promise<Line> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => fail(new Error('no port came')), PORT_PATIENCE_MS);
    const stop = () => {
      clearTimeout(giveUp);
      window.removeEventListener('message', take);
      signal.removeEventListener('abort', aborted);
    };
    const fail = (error: unknown) => {
      stop();
      reject(error);
    };
    const aborted = () => fail(signal.reason);
    const take = (event: MessageEvent) => {
      const port = portIn(event);
      if (port === undefined) return;
      stop();
      resolve(portLine(port));
    };
    window.addEventListener('message', take);
    signal.addEventListener('abort', aborted);
    window.postMessage('byway-port-please', '*');
  });
}

/** The port in a message that our own preload sent; messages from anybody else are dropped. */
function portIn(event: MessageEvent): MessagePort | undefined {
  if (event.source !== window) return undefined;
  const data: unknown = event.data;
  if (typeof data !== 'object' || data === null || !('type' in data) || data.type !== 'byway-port') {
    return undefined;
  }
  return event.ports[0];
}

function portLine(port: MessagePort): Line {
  const link = new PortLink({ port });
  const closed = new Promise<void>((resolve) => {
    port.addEventListener('close', () => resolve());
    // A newer port means that the desktop has started the engine's side anew: the old line is dead.
    const newer = (event: MessageEvent) => {
      if (portIn(event) === undefined) return;
      window.removeEventListener('message', newer);
      port.close();
      resolve();
    };
    window.addEventListener('message', newer);
  });
  port.start();
  return { link, closed, close: () => port.close() };
}

async function openSocket(signal: AbortSignal): Promise<Line> {
  await enterSession();
  return new Promise((resolve, reject) => {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/api`);
    const closed = new Promise<void>((gone) =>
      socket.addEventListener('close', () => gone(), { once: true }),
    );
    const link = new SocketLink({ websocket: socket });
    signal.addEventListener('abort', () => socket.close(), { once: true });
    socket.addEventListener('open', () => resolve({ link, closed, close: () => socket.close() }), {
      once: true,
    });
    void closed.then(() => reject(new Error('the engine did not take the connection')));
  });
}
