/**
 * node relay.ts <address> <port>: the signalling of plain WebRTC, as small as it can be. Whoever is connected hears what the others say.
 */
import { once } from 'node:events';
import { WebSocketServer } from 'ws';

const [host = '', port = ''] = process.argv.slice(2);
const server = new WebSocketServer({ host, port: Number(port) });
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    for (const other of server.clients) if (other !== socket) other.send(data.toString());
  });
});
await once(server, 'listening');
process.stdout.write('ready\n');
