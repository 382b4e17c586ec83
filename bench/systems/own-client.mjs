// The conversation of @cometkit/client, as it travels: join and subscribe, listen with the promise to acknowledge and to answer
// heartbeats, and acknowledgements of what has come, on a second connection.
import { upgrade } from './peers/websocket.mjs';
import { post } from './shared.mjs';

// What the fetch of Node adds.
const headers =
  'Connection: keep-alive\r\nAccept: */*\r\nAccept-Language: *\r\nSec-Fetch-Mode: cors\r\nUser-Agent: node\r\nAccept-Encoding: gzip, deflate\r\n';

const command = (fields) =>
  post('/push', JSON.stringify({ format: 'ndjson', ...fields }), 'application/json', headers);

const session = { session: '<<session>>', key: '<<key>>' };
const listen = { type: 'listen', mode: 'stream', ...session, ack: '<<newest>>', heartbeats: 'answer' };

const join = {
  text: command({ type: 'join', nonce: 'bench-client-number-<<i>>', version: 1 }),
  captures: [
    ['session', '"session":"', '"'],
    ['key', '"key":"', '"'],
    ['newest', '"cursor":"', '"'],
  ],
};

// One command by itself, several in a batch.
function subscribeTo(subjects) {
  const commands = subjects.map((subject, at) => ({
    ...{ type: 'subscribe', subject, messageId: `bench-<<i>>-${at}` },
  }));
  const [only] = commands;
  return { text: command({ ...(commands.length === 1 ? only : { type: 'batch', commands }), ...session }) };
}

/** The script of a client that subscribes to so many subjects of its own and promises nothing, so that it may be silent. */
export function subscribingClient(count) {
  const subjects = Array.from({ length: count }, (_, at) => `/topics/<<i>>/${at}`);
  const { ack: _, heartbeats: __, ...plain } = listen;
  return { steps: [join, subscribeTo(subjects), { text: command(plain), expect: 'listen-ack' }] };
}

/**
 * The client's script over a stream of lines or over WebSocket.
 *
 * @param way - `ndjson` or `websocket`.
 */
export function ownClient(way) {
  const steps = [join, subscribeTo(['/bench/<<s>>'])];
  const open = way === 'websocket' ? [{ text: upgrade('/push') }] : [];
  const last =
    way === 'websocket' ? { websocket: true, text: JSON.stringify(listen) } : { text: command(listen) };
  return {
    steps: [...steps, ...open, { ...last, expect: 'listen-ack' }],
    acknowledge: {
      greeting: command({ type: 'heartbeat', ...session }),
      text: command({ type: 'ack', ...session, ack: '<<newest>>' }),
      newest: ['"cursor":"', '"'],
    },
  };
}
