// Socket.IO as it answers `emitWithAck`, over WebSocket from the start.
import { createServer } from 'node:http';
import { listen } from '../shared.mjs';

/** Starts the server. */
export async function start() {
  const { Server } = await import(/** @type {string} */ ('socket.io'));
  const server = createServer();
  const io = new Server(server, { transports: ['websocket'], serveClient: false });
  io.on('connection', (socket) => socket.on('echo', (data, answer) => answer(data)));
  return { port: await listen(server), client: { steps: [] }, publish: () => undefined };
}
