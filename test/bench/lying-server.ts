import { createServer, type Socket } from 'node:net';

/** What the server tells a connection: markers, each in a chunk of its own. */
export type Story = (subject: number) => readonly string[];

/** The marker of an event, sent just now. */
export function marker(subject: number, number: number): string {
  return `~${subject}.${number}.${process.hrtime.bigint() / 1000n}~`;
}

/** Markers of the numbers of subject 0. */
export function numbers(...list: readonly number[]): Story {
  return () => list.map((number) => marker(0, number));
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

/** A server that says what it is told to, true or not, to everybody who asks for a stream. */
export interface LyingServer {
  readonly port: number;
  /** Tells the story to every connection, in pieces of so many bytes. */
  tell(story: Story, pieceBytes?: number): Promise<void>;
  hangUp(): void;
  close(): Promise<void>;
}

const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

async function writeInPieces(socket: Socket, text: string, pieceBytes: number): Promise<void> {
  for (let at = 0; at < text.length; at += pieceBytes) {
    socket.write(text.slice(at, at + pieceBytes));
    // A turn in between, so that the pieces are packets.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Opens one on a free port. */
export async function openLyingServer(): Promise<LyingServer> {
  const listeners = new Map<Socket, number>();
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => {
      listeners.set(socket, Number.parseInt(bytes.toString('latin1').slice(12), 10));
      socket.write(head);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    async tell(story, pieceBytes = 1_000_000) {
      const tellOne = ([socket, subject]: [Socket, number]) =>
        writeInPieces(socket, story(subject).map(chunk).join(''), pieceBytes);
      await Promise.all([...listeners].map(tellOne));
    },
    hangUp: () => {
      for (const socket of listeners.keys()) socket.end();
    },
    close: () => {
      for (const socket of listeners.keys()) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
