/** The control socket of a running headless host. Whoever may open it is the user that Byway runs as: its mode says so. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import {
  CONTROL_LIMIT_MS,
  MAX_CONTROL_CONNECTIONS,
  MAX_CONTROL_REQUEST_BYTES,
  MAX_SOCKET_PATH_BYTES,
} from './constants.ts';
import {
  type ControlReply,
  ControlRequest,
  controlAddress,
  type Drained,
  parseJson,
  readLine,
  type StatusReport,
} from './control-protocol.ts';

/** Nobody else may read or write. */
const SOCKET_MODE = 0o600;
/** The same as a mask, so that not even its first moment is open to others. */
const SOCKET_MASK = 0o177;

export interface ControlServerOptions {
  /** Ours alone: its lock is held. */
  readonly dataDirectory: string;
  readonly logger: Logger;
  readonly status: () => StatusReport;
  /** A new address of the interface. */
  readonly address: () => string;
  readonly drain: () => Promise<Drained>;
  /** The answer to a drain has been sent. */
  readonly onDrained: () => void;
}

export interface ControlServer {
  /** Takes no more connections; who waits for the end of the process keeps waiting. Twice is fine. */
  close(): void;
}

/** @throws when the socket cannot be opened, with the reason for the middle of a sentence */
export async function serveControl(options: ControlServerOptions): Promise<ControlServer> {
  const address = controlAddress(options.dataDirectory);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    answer(socket, options).catch((error) => {
      options.logger.debug({ err: error }, 'a request over the control socket ended badly');
      socket.destroy();
    });
  });
  server.maxConnections = MAX_CONTROL_CONNECTIONS;
  if (process.platform !== 'win32') {
    if (Buffer.byteLength(address) > MAX_SOCKET_PATH_BYTES)
      throw new Error(
        `${address} is longer than the ${MAX_SOCKET_PATH_BYTES} bytes that a socket's path may have`,
      );
    // Left by one that was killed.
    rmSync(address, { force: true });
  }
  await listen(server, address);
  return {
    close() {
      // This removes the file as well.
      if (server.listening) server.close();
    },
  };
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.platform === 'win32' ? undefined : process.umask(SOCKET_MASK);
    try {
      server.listen(address, () => {
        server.off('error', reject);
        server.on('error', () => undefined); // A connection that could not be accepted is its own client's loss.
        if (before !== undefined) chmodSync(address, SOCKET_MODE);
        resolve();
      });
    } finally {
      if (before !== undefined) process.umask(before);
    }
  });
}

async function answer(socket: Socket, options: ControlServerOptions): Promise<void> {
  const line = await readLine(socket, MAX_CONTROL_REQUEST_BYTES, CONTROL_LIMIT_MS);
  const request = ControlRequest.safeParse(parseJson(line));
  if (!request.success) {
    send(socket, { type: 'refused', problem: 'the request is none that this version knows' });
    socket.end();
  } else if (request.data.command === 'status') {
    send(socket, { type: 'status', status: options.status() });
    socket.end();
  } else if (request.data.command === 'address') {
    send(socket, { type: 'address', address: options.address() });
    socket.end();
  } else {
    // Closed by the end of the process, which the client waits for.
    send(socket, { type: 'drained', drained: await options.drain() });
    options.onDrained();
  }
}

function send(socket: Socket, reply: ControlReply): void {
  socket.write(`${JSON.stringify(reply)}\n`);
}
