// The limit of WebSocket: `ws` accepts the sockets, and a ready frame is written to each, one write for each event.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { upgrade } from './peers/websocket.mjs';
import { listen, listOf } from './shared.mjs';

function toTextFrame(data) {
  const text = Buffer.from(JSON.stringify(data));
  const { length } = text;
  const header = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), text]);
}

/** Starts the server. */
export async function start() {
  const subjects = new Map();
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
  server.on('upgrade', (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const list = listOf(subjects, Number(request.url.split('/')[2]));
      socket.on('error', () => undefined);
      socket.on('close', () => list.delete(stream));
      list.add(stream);
    });
  });
  return {
    port: await listen(server),
    client: { steps: [{ text: upgrade('/stream/<<s>>') }] },
    publish: (subject, data) => {
      const frame = toTextFrame(data);
      for (const stream of listOf(subjects, subject)) stream.write(frame);
    },
  };
}
