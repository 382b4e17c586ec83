// A TCP line to a server: it can be slow, and it can be down.
import { connect, createServer } from 'node:net';

/** A proxy on a port of its own. Every piece comes `delayMs` late, in both directions; a handshake takes no time. */
export class Line {
  /** Port of the server behind it; another one counts for the next connections. */
  target;
  port = 0;
  #delayMs;
  #sockets = new Set();
  #server;

  static async open(target, delayMs = 0) {
    const line = new Line(target, delayMs);
    await line.up();
    return line;
  }

  constructor(target, delayMs) {
    this.target = target;
    this.#delayMs = delayMs;
  }

  /** Lets connections in. */
  up() {
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#join(socket));
    const options = { port: this.port, host: '127.0.0.1', backlog: 4096 };
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(options, () => {
        this.port = this.#server.address().port;
        resolve(undefined);
      });
    });
  }

  /** Resets every connection, and refuses new ones. */
  async down() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  #join(client) {
    const server = connect({ port: this.target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ]) {
      this.#sockets.add(from);
      from.on('error', () => undefined);
      from.on('data', (bytes) => this.#late(() => to.write(bytes)));
      from.on('end', () => this.#late(() => to.end()));
      from.on('close', () => {
        this.#sockets.delete(from);
        this.#late(() => to.destroy());
      });
    }
  }

  #late(action) {
    if (this.#delayMs === 0) action();
    else setTimeout(action, this.#delayMs);
  }
}
