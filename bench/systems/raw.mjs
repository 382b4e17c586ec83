// The limit: bare sockets and ready bytes. `join` says what is written together: each event for itself (none), all of a
// turn, or all of a window of 2 ms (the first at once when the window before it was empty).
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { makeCertificate } from './certificate.mjs';
import { get, listen, listOf, post, streamClient, toFrame } from './shared.mjs';

const windowMs = 2;
const tickMs = 100;
const head =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n';

function toChunk(text) {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function writeTo(sockets, bytes) {
  for (const socket of sockets) socket.write(bytes);
}

class Joined {
  #subjects;
  #frames = new Map();
  #defer;
  #flush = () => {
    const frames = this.#frames;
    this.#frames = new Map();
    for (const [subject, list] of frames) writeTo(listOf(this.#subjects, subject), toChunk(list.join('')));
  };

  constructor(subjects, join) {
    this.#subjects = subjects;
    this.#defer = join === 'window' ? this.#afterWindow() : (flush) => setImmediate(flush);
  }

  #afterWindow() {
    let last = 0;
    return (flush) => {
      const run = () => {
        flush();
        last = performance.now();
      };
      const idle = performance.now() - last > windowMs;
      if (idle) setImmediate(run);
      else setTimeout(run, windowMs);
    };
  }

  publish(subject, frame) {
    if (this.#frames.size === 0) this.#defer(this.#flush);
    const list = this.#frames.get(subject);
    if (list) list.push(frame);
    else this.#frames.set(subject, [frame]);
  }
}

// The least that keeps idle streams alive: one timer, and each time a ready chunk to the next share of them.
function beat(sockets, everyMs) {
  const chunk = toChunk('{"type":"heartbeat","time":1700000000125}\n');
  let at = 0;
  setInterval(() => {
    const share = Math.ceil((sockets.length * tickMs) / everyMs);
    for (let count = 0; count < share; count += 1) sockets[at++ % sockets.length].write(chunk);
  }, tickMs);
}

// What a client that acknowledges asks for: a stream, and a ready answer to each of its acknowledgements.
const acknowledgingClient = {
  steps: [{ text: get('/stream/<<s>>') }],
  acknowledge: {
    greeting: post('/ack', '{"type":"heartbeat"}'),
    text: post('/ack', '{"type":"ack","ack":"<<newest>>"}'),
    newest: ['"n":"', '"'],
  },
};
const acknowledged = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: 40\r\n\r\n{"type":"ack-ack","time":1700000000125}\n',
);

/**
 * Starts the server. `beatMs` is how often each stream is sent a heartbeat; none where it is not given. With `tls` it speaks that;
 * with `acknowledge` its clients acknowledge.
 */
export async function start({ join = 'none', beatMs, tls = false, acknowledge = false } = {}) {
  const subjects = new Map();
  const opened = [];
  if (beatMs) beat(opened, beatMs);
  const serve = (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => {
      if (acknowledge && bytes[0] === 0x50) {
        socket.write(acknowledged);
        socket.on('data', () => socket.write(acknowledged));
        return;
      }
      const subject = Number.parseInt(bytes.latin1Slice(12, 20), 10); // GET /stream/<n>
      const list = listOf(subjects, subject);
      socket.on('close', () => list.delete(socket));
      list.add(socket);
      if (beatMs) opened.push(socket);
      socket.write(head);
    });
  };
  const server = tls
    ? createTlsServer({ noDelay: true, ...makeCertificate() }, serve)
    : createServer({ noDelay: true }, serve);
  const joined = new Joined(subjects, join);
  const single = (subject, frame) => writeTo(listOf(subjects, subject), toChunk(frame));
  const send = join === 'none' ? single : (subject, frame) => joined.publish(subject, frame);
  return {
    port: await listen(server),
    client: acknowledge ? acknowledgingClient : streamClient,
    publish: (subject, data) => send(subject, toFrame(data)),
  };
}
