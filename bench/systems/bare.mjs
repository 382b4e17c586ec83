// What a user would write by hand: node:http or Express, `res.write` of one buffer for a stream, `res.end` of one for a poll.
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { makeCertificate } from './certificate.mjs';
import { listen, listOf, pollClient, streamClient, toFrame } from './shared.mjs';

const streamHead = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
const pollHead = { 'content-type': 'application/json', 'cache-control': 'no-store' };

class Poller {
  #missed = [];
  response;

  ask(response) {
    this.response = response;
    if (this.#missed.length > 0) this.#answer(Buffer.from(`[${this.#missed.splice(0).join(',')}]`));
  }

  tell(text, bytes) {
    if (this.response) this.#answer(bytes);
    else this.#missed.push(text);
  }

  #answer(bytes) {
    this.response.writeHead(200, { ...pollHead, 'content-length': bytes.length });
    this.response.end(bytes);
    this.response = undefined;
  }
}

function openStream(subjects, subject, response) {
  const list = listOf(subjects, subject);
  response.on('close', () => list.delete(response));
  list.add(response);
  response.writeHead(200, streamHead);
  response.flushHeaders();
}

// A client is known by its connection: it is the least that finds out what it has missed.
function holdPoll(subjects, pollers, subject, request, response) {
  let poller = pollers.get(request.socket);
  if (!poller) {
    poller = new Poller();
    const list = listOf(subjects, subject).add(poller);
    pollers.set(request.socket, poller);
    request.socket.on('close', () => list.delete(poller));
  }
  poller.ask(response);
}

async function serverOf(host, onStream, onPoll) {
  if (host === 'express') {
    const { default: express } = await import('express');
    const app = express();
    app.get('/stream/:subject', (request, response) =>
      onStream(Number(request.params.subject), request, response),
    );
    app.get('/poll/:subject', (request, response) =>
      onPoll(Number(request.params.subject), request, response),
    );
    return createServer(app);
  }
  const serve = (request, response) => {
    const [, what, subject] = request.url.split('/');
    (what === 'poll' ? onPoll : onStream)(Number(subject), request, response);
  };
  return host === 'https' ? createSecureServer(makeCertificate(), serve) : createServer(serve);
}

function toChunk(bytes) {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** Starts the server. `host` is `http`, `https` or `express`, `mode` is `stream` or `poll`; `past` writes past `res.write`. */
export async function start({ host, mode, past = false }) {
  const subjects = new Map();
  const pollers = new WeakMap();
  const server = await serverOf(
    host,
    (subject, _request, response) => openStream(subjects, subject, response),
    (subject, request, response) => holdPoll(subjects, pollers, subject, request, response),
  );
  const stream = (subject, data) => {
    const bytes = Buffer.from(toFrame(data));
    const chunk = past ? toChunk(bytes) : undefined;
    for (const response of listOf(subjects, subject)) {
      if (chunk) response.socket.write(chunk);
      else response.write(bytes);
    }
  };
  const poll = (subject, data) => {
    const text = JSON.stringify(data);
    const bytes = Buffer.from(`[${text}]`);
    for (const poller of listOf(subjects, subject)) poller.tell(text, bytes);
  };
  return {
    port: await listen(server),
    client: mode === 'poll' ? pollClient : streamClient,
    publish: mode === 'poll' ? poll : stream,
  };
}
