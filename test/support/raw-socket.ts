import net from 'node:net';

/** A TCP connection on which a test writes what it likes. */
export class RawSocket {
  readonly socket: net.Socket;
  #text = '';
  #closed = false;
  #listeners = new Set<() => void>();

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      this.#text += String(chunk);
      for (const listener of this.#listeners) listener();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Everything received, one character a byte. */
  get text(): string {
    return this.#text;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends bytes, one character each. */
  write(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** Drops the connection with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Waits for a text. @throws rejects when it does not come within two seconds. */
  until(text: string): Promise<string> {
    return this.#wait(() => this.#text.includes(text), JSON.stringify(text));
  }

  /** Waits for the end of the connection. */
  end(): Promise<string> {
    return this.#wait(() => this.#closed, 'the end');
  }

  #wait(holds: () => boolean, what: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve(this.#text);
      };
      const timer = setTimeout(() => reject(new Error(`no ${what}: ${this.#text.slice(-500)}`)), 2000);
      this.#listeners.add(look);
      look();
    });
  }
}

/** Connects to a port of the loopback. */
export function connectRaw(port: number): Promise<RawSocket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(new RawSocket(socket)));
    socket.on('error', reject);
  });
}

/** A GET in its shortest form. */
export function rawGet(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}
