// The limit: bare sockets and ready bytes. `join` says what is written together: each event for itself (none), all of a
// turn, or all of a window of 2 ms (the first at once when the window before it was empty).
import { createServer } from 'node:net';
import { listen, listOf, streamClient, toFrame } from './shared.mjs';

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

/** Starts the server. `beatMs` is how often each stream is sent a heartbeat; none where it is not given. */
export async function start({ join = 'none', beatMs } = {}) {
  const subjects = new Map();
  const opened = [];
  if (beatMs) beat(opened, beatMs);
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => {
      const subject = Number.parseInt(bytes.latin1Slice(12, 20), 10); // GET /stream/<n>
      const list = listOf(subjects, subject);
      socket.on('close', () => list.delete(socket));
      list.add(socket);
      if (beatMs) opened.push(socket);
      socket.write(head);
    });
  });
  const joined = new Joined(subjects, join);
  const single = (subject, frame) => writeTo(listOf(subjects, subject), toChunk(frame));
  const send = join === 'none' ? single : (subject, frame) => joined.publish(subject, frame);
  return {
    port: await listen(server),
    client: streamClient,
    publish: (subject, data) => send(subject, toFrame(data)),
  };
}
