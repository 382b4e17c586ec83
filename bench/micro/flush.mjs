// From publish to the outlets of 1,000 streams, without sockets: what core and handler cost of a delivery.
import { createHandler, createHub } from '../../packages/handler/dist/index.js';
import { systemRuntime } from '../../packages/handler/dist/runtime.js';

const streams = 1000;
const data = { n: 1, text: 'The quick brown fox jumps over the lazy dog.' };

const outlet = {
  write: () => true,
  end: () => undefined,
  destroy: () => undefined,
  pendingBytes: 0,
  watch: () => undefined,
};

function requestOf(format) {
  return {
    method: 'GET',
    path: '/push',
    query:
      format === 'xml'
        ? 'p_event=join-listen&p_subject=/bench/0&p_format=xml'
        : `subject=/bench/0&format=${format}`,
    header: () => undefined,
    readBody: () => Promise.reject(new Error('there is no body')),
    address: '127.0.0.1',
    secure: false,
    native: undefined,
    connection: undefined,
    watch: () => undefined,
  };
}

/** A hub with streams, whose turns end when `flush` is called. */
async function fill(format) {
  const deferred = [];
  const runtime = { ...systemRuntime(), defer: (task) => void deferred.push(task) };
  const hub = createHub();
  const { handle } = createHandler(hub, { runtime });
  for (let at = 0; at < streams; at += 1) {
    const response = await handle(requestOf(format));
    if (!('open' in response)) throw new Error(`no stream: ${response.body}`);
    response.open(outlet);
  }
  const flush = () => {
    for (const task of deferred.splice(0)) task();
  };
  flush();
  return { hub, flush };
}

async function fanOut(format, events) {
  const { hub, flush } = await fill(format);
  const run = () => {
    for (let count = 0; count < events; count += 1) hub.publish('/bench/0', data);
    flush();
  };
  return { name: `flush: ${events} to 1,000 ${format} streams`, per: events * streams, run };
}

/** The tasks. Units: `per` deliveries in one call. */
export const tasks = await Promise.all([
  fanOut('sse', 1),
  fanOut('sse', 50),
  fanOut('ndjson', 1),
  fanOut('ndjson', 50),
  fanOut('xml', 1),
]);
