/** The forwarder's thread: it does nothing but run the loop, and blocks in the system's `poll` when there is nothing to do. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { loadLinuxCalls } from './linux.ts';
import { Loop } from './loop.ts';
import type { ForwarderData, FromForwarder, ToForwarder } from './messages.ts';

const { shared, event, timeOrigin } = workerData as ForwarderData;
const calls = loadLinuxCalls();
if (!parentPort || !calls) throw new Error('the forwarder was started where it cannot run');
const port = parentPort;
const say = (message: FromForwarder) => port.postMessage(message);
const behindMs = performance.timeOrigin - timeOrigin;

const loop = new Loop({
  calls,
  shared,
  event,
  now: () => performance.now() + behindMs,
  wake: () => say({ did: 'wake' }),
  listen,
});
say({ did: 'started' });
loop.run();
port.close();

function listen(): boolean {
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const message = next.message as ToForwarder;
    if (message.do === 'end') return false;
    if (message.do === 'take') loop.take(message.socket, message.fd);
    else if (message.do === 'route') loop.route(message.route);
    else if (message.do === 'unroute') loop.unroute(message.channel);
    else {
      loop.give(message.socket);
      say({ did: 'gave', socket: message.socket });
    }
  }
  return true;
}
