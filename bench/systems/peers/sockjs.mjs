// SockJS: XHR streaming, WebSocket or XHR polling. It has no subjects: a list of connections stands for each.
import { createServer } from 'node:http';
import { listen, listOf, post } from '../shared.mjs';
import { upgrade } from './websocket.mjs';

const path = '/sock/000/<<s>>-<<i>>';

const clients = {
  stream: { steps: [{ text: post(`${path}/xhr_streaming`, ''), expect: 'o\n' }] },
  websocket: { steps: [{ text: upgrade(`${path}/websocket`), expect: 'o' }] },
  poll: { steps: [{ text: post(`${path}/xhr`, '') }, { text: post(`${path}/xhr`, '') }], repeat: true },
};

/** Starts the server. `way` is `stream`, `websocket` or `poll`. */
export async function start({ way }) {
  const { default: sockjs } = await import(/** @type {string} */ ('sockjs'));
  const server = createServer();
  // A stream that is opened anew every 128 KB would be another workload.
  const service = sockjs.createServer({ log: () => undefined, response_limit: 2 ** 30 });
  const subjects = new Map();
  service.on('connection', (connection) => {
    const list = listOf(subjects, Number.parseInt(connection.pathname.slice('/sock/000/'.length), 10));
    list.add(connection);
    connection.on('close', () => list.delete(connection));
  });
  service.installHandlers(server, { prefix: '/sock' });
  return {
    port: await listen(server),
    client: clients[way],
    publish(subject, data) {
      const text = JSON.stringify(data);
      for (const connection of listOf(subjects, subject)) connection.write(text);
    },
  };
}
