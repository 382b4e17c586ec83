// Who asks a server and waits for the answer: the own client over a transport, a bare fetch, a bare WebSocket, Socket.IO.
import { createClient } from '@cometkit/client';
import { webSocket } from '@cometkit/client/transports';
import { WebSocket } from 'ws';

/** Opens a client over one transport. */
function ownClient(transport) {
  return async (origin) => {
    const client = createClient(`${origin}/push`, { transports: [transport] });
    await new Promise((resolve) => client.on('state', (state) => state === 'open' && resolve(undefined)));
    return (data) => client.request('/echo', data);
  };
}

async function bareFetch(origin) {
  const headers = { 'content-type': 'application/json' };
  return async (data) => {
    const answer = await fetch(`${origin}/echo`, { method: 'POST', headers, body: JSON.stringify(data) });
    return await answer.json();
  };
}

/** Answers come in the order of the questions. */
async function bareSocket(origin) {
  const socket = new WebSocket(origin.replace('http', 'ws'));
  await new Promise((resolve) => socket.once('open', resolve));
  const waiting = [];
  socket.on('message', (text) => waiting.shift()?.(JSON.parse(`${text}`)));
  return (data) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      socket.send(JSON.stringify(data));
    });
}

async function socketIo(origin) {
  const { io } = await import(/** @type {string} */ ('socket.io-client'));
  const socket = io(origin, { transports: ['websocket'] });
  await new Promise((resolve) => socket.once('connect', resolve));
  return (data) => socket.emitWithAck('echo', data);
}

/** The ways to ask, by kind; each takes the origin and answers a function that asks. */
export const askers = {
  'bare-fetch': bareFetch,
  'bare-socket': bareSocket,
  'socket-io': socketIo,
  stream: ownClient('stream'),
  'long-poll': ownClient('long-poll'),
  'web-socket': ownClient(webSocket(WebSocket)),
};
