// Socket.IO: a room for each subject; WebSocket from the start, or HTTP long-polling only.
import { createServer } from 'node:http';
import { get, listen, post } from '../shared.mjs';
import { upgrade } from './websocket.mjs';

const path = '/socket.io/?EIO=4&subject=<<s>>&transport=';

/** The script of a client over WebSocket. */
export const overWebSocket = {
  steps: [
    { text: upgrade(`${path}websocket`), expect: '0{' },
    { websocket: true, text: '40', expect: '40{' },
  ],
};

const overPolling = {
  steps: [
    { text: get(`${path}polling`), captures: [['sid', '"sid":"', '"']] },
    { text: post(`${path}polling&sid=<<sid>>`, '40', 'text/plain;charset=UTF-8') },
    { text: get(`${path}polling&sid=<<sid>>`) },
    { text: get(`${path}polling&sid=<<sid>>`) },
  ],
  repeat: true,
};

/** Starts the server. `way` is `websocket` or `poll`. */
export async function start({ way }) {
  const { Server } = await import(/** @type {string} */ ('socket.io'));
  const server = createServer();
  const polling = way === 'poll';
  // A ping in the middle of a run would be an answer that brings nothing.
  const options = {
    transports: [polling ? 'polling' : 'websocket'],
    serveClient: false,
    pingInterval: 120_000,
  };
  const io = new Server(server, { ...options, httpCompression: false });
  io.on('connection', (socket) => socket.join(socket.handshake.query.subject));
  return {
    port: await listen(server),
    client: polling ? overPolling : overWebSocket,
    publish: (subject, data) => io.to(`${subject}`).emit('event', data),
  };
}
