// One node of Socket.IO with its adapter for Redis Streams: a room for each subject, WebSocket from the start.
import { createServer } from 'node:http';
import { listen } from '../shared.mjs';
import { overWebSocket } from './socketio.mjs';

/** Starts it. `engine` has the `url` of a Redis. */
export async function start({ engine }) {
  const [{ Server }, { createAdapter }, { createClient }] = await Promise.all([
    import(/** @type {string} */ ('socket.io')),
    import(/** @type {string} */ ('@socket.io/redis-streams-adapter')),
    import(/** @type {string} */ ('redis')),
  ]);
  const redis = await createClient({ url: engine.url }).connect();
  const server = createServer();
  const options = { transports: ['websocket'], serveClient: false, pingInterval: 120_000 };
  const io = new Server(server, { ...options, httpCompression: false, adapter: createAdapter(redis) });
  io.on('connection', (socket) => socket.join(socket.handshake.query.subject));
  return {
    port: await listen(server),
    client: overWebSocket,
    publish: (subject, data) => io.to(`${subject}`).emit('event', data),
  };
}
