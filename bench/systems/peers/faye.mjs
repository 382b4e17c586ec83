// Faye: EventSource, WebSocket or long-polling, over the in-memory engine.
import { createServer } from 'node:http';
import { get, listen, post } from '../shared.mjs';
import { upgrade } from './websocket.mjs';

const kinds = { sse: 'eventsource', websocket: 'websocket', poll: 'long-polling' };

// A socket belongs to a client from its first connect on; one with a timeout of 0 is answered at once.
function messages(kind) {
  const handshake = { channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: [kind] };
  const subscribe = { channel: '/meta/subscribe', clientId: '<<id>>', subscription: '/bench/<<s>>' };
  const advice = kind === 'websocket' ? { advice: { timeout: 0 } } : {};
  const connect = { channel: '/meta/connect', clientId: '<<id>>', connectionType: kind, ...advice };
  return [handshake, subscribe, connect].map((message) => JSON.stringify([message]));
}

const captures = [['id', '"clientId":"', '"']];

function clientOf(way) {
  const [handshake, subscribe, connect] = messages(kinds[way]);
  if (way === 'websocket') {
    return {
      steps: [
        { text: upgrade('/faye') },
        { websocket: true, text: handshake, expect: '/meta/handshake', captures },
        { websocket: true, text: connect, expect: '/meta/connect' },
        { websocket: true, text: subscribe, expect: '/meta/subscribe' },
      ],
    };
  }
  const opening = [{ text: post('/faye', handshake), captures }, { text: post('/faye', subscribe) }];
  if (way === 'poll') return { steps: [...opening, { text: post('/faye', connect) }], repeat: true };
  return { steps: [...opening, { text: get('/faye/<<id>>', 'Accept: text/event-stream\r\n') }] };
}

/** Starts the server. `way` is `sse`, `websocket` or `poll`. */
export async function start({ way }) {
  const { default: faye } = await import(/** @type {string} */ ('faye'));
  const server = createServer();
  const bayeux = new faye.NodeAdapter({ mount: '/faye', timeout: 60 });
  bayeux.attach(server);
  const publisher = bayeux.getClient();
  // Its handshake comes before the first event, not with it.
  await new Promise((resolve) => publisher.connect(() => resolve(undefined)));
  return {
    port: await listen(server),
    client: clientOf(way),
    publish: (subject, data) => void publisher.publish(`/bench/${subject}`, data),
  };
}
