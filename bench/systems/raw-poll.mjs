// The limit of long-polling: a held request is a socket, its answer one ready buffer.
import { createServer } from 'node:net';
import { listen, listOf, pollClient } from './shared.mjs';

function toAnswer(body) {
  return Buffer.from(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

class Poller {
  held = false;
  missed = [];

  constructor(socket) {
    this.socket = socket;
  }

  ask() {
    if (this.missed.length === 0) this.held = true;
    else this.socket.write(toAnswer(`[${this.missed.splice(0).join(',')}]`));
  }

  tell(body, answer) {
    if (!this.held) this.missed.push(body);
    else this.socket.write(answer);
    this.held = false;
  }
}

/** Starts the server. */
export async function start() {
  const subjects = new Map();
  const server = createServer({ noDelay: true }, (socket) => {
    const poller = new Poller(socket);
    let list;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => list?.delete(poller));
    socket.on('data', (bytes) => {
      list ??= listOf(subjects, Number.parseInt(bytes.latin1Slice(10, 18), 10)).add(poller); // GET /poll/<n>
      poller.ask();
    });
  });
  return {
    port: await listen(server),
    client: pollClient,
    publish(subject, data) {
      const body = JSON.stringify(data);
      const answer = toAnswer(`[${body}]`);
      for (const poller of listOf(subjects, subject)) poller.tell(body, answer);
    },
  };
}
