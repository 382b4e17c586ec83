// The limit of subscriptions: bare sockets in a Map of subjects, and no event that is kept.
import { createServer } from 'node:net';
import { get, listen, listOf } from './shared.mjs';

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Starts the server. `subscriptions` is how many each client has. */
export async function start({ subscriptions }) {
  const subjects = new Map();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => {
      const client = Number.parseInt(bytes.latin1Slice(12, 20), 10); // GET /topics/<n>
      for (let at = 0; at < subscriptions; at += 1) listOf(subjects, `/topics/${client}/${at}`).add(socket);
      socket.write(head);
    });
  });
  return {
    port: await listen(server),
    client: { steps: [{ text: get('/topics/<<i>>') }] },
    publish(subject, data) {
      const sockets = subjects.get(`/bench/${subject}`);
      if (sockets === undefined) return;
      for (const socket of sockets) socket.write(JSON.stringify(data));
    },
  };
}
