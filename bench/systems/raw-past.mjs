// The limit of a crowd that asks for the past: everything that was published, joined once, written to each bare socket that comes.
import { createServer } from 'node:net';
import { listen, streamClient, toFrame } from './shared.mjs';

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';

/** Starts the server. */
export async function start() {
  const frames = [];
  let joined;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      joined ??= Buffer.from(frames.join(''));
      socket.write(`${head}${joined.length.toString(16)}\r\n`);
      socket.write(joined);
      socket.write('\r\n');
    });
  });
  return {
    port: await listen(server),
    client: streamClient,
    publish(_subject, data) {
      frames.push(toFrame(data));
      joined = undefined;
    },
  };
}
