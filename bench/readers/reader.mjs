// One reader of a CometKit server: the own client over a transport, a bare EventSource, or the least that reads a stream.
import { get } from 'node:http';
import { createClient } from '@cometkit/client';
import { eventSource, webSocket } from '@cometkit/client/transports';
import { EventSource } from 'eventsource';
import { WebSocket } from 'ws';

const streamUrl = (origin, subjects) =>
  `${origin}/push?format=sse&subject=${subjects.map((n) => `/bench/${n}`).join(',')}`;

const transports = {
  stream: 'stream',
  'long-poll': 'long-poll',
  'web-socket': webSocket(WebSocket),
  'event-source': eventSource(EventSource),
};

/** Opens a client over one transport. `told` has `event`, `gap` and `open`, called at each return too. */
function ownClient(transport) {
  return (origin, subjects, { event, gap, open }) => {
    const client = createClient(`${origin}/push`, { transports: [transports[transport]] });
    client.on('state', (state) => state === 'open' && open());
    client.on('gap', gap);
    const subscribe = (subject) => {
      const subscription = client.subscribe(`/bench/${subject}`);
      subscription.on(({ data }) => event(data));
      return subscription.ready;
    };
    const readies = subjects.map(subscribe);
    return { ready: Promise.all(readies), subscribe, close: () => client.close() };
  };
}

function bareEventSource(origin, subjects, { event, gap, open }) {
  const source = new EventSource(streamUrl(origin, subjects));
  const ready = new Promise((resolve) => source.addEventListener('join-listen-ack', resolve));
  source.addEventListener('join-listen-ack', open);
  source.addEventListener('message', ({ data }) => event(JSON.parse(data)));
  source.addEventListener('gap', gap);
  return { ready, close: () => source.close() };
}

/** Splits at the blank line and takes the lines of data: no more than this server needs. */
function handReader(origin, subjects, { event, gap, open }) {
  let isReady;
  const ready = new Promise((resolve) => {
    isReady = resolve;
  });
  let rest = '';
  const request = get(streamUrl(origin, subjects), { agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text) => {
      const frames = (rest + text).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        if (frame.startsWith('event: gap\n')) gap();
        if (frame.startsWith('event: join-listen-ack\n')) [open(), isReady(undefined)];
        const at = frame.startsWith('event: ') ? -1 : frame.indexOf('data: ');
        if (at >= 0) event(JSON.parse(frame.slice(at + 6)));
      }
    });
  });
  request.on('error', () => undefined);
  return { ready, close: () => request.destroy() };
}

/** The ways to open a reader, by kind; each takes the origin, numbers of subjects, and whom to tell. */
export const readers = {
  stream: ownClient('stream'),
  'web-socket': ownClient('web-socket'),
  'event-source': ownClient('event-source'),
  'long-poll': ownClient('long-poll'),
  'bare-event-source': bareEventSource,
  hand: handReader,
};
