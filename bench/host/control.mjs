// The connection between the server under test and the generator: marks of the window go there, progress comes back.
import { createServer } from 'node:net';

// An event that is lost would keep a closed loop waiting for ever; the generator's account tells about it.
const giveUpMs = 5000;

/** Opens the control port. The generator connects to it before the first event. */
export async function openControl() {
  let socket;
  let reached = 0;
  let waiting;
  const settle = () => {
    if (waiting === undefined || reached < waiting.number) return;
    clearTimeout(waiting.timer);
    waiting.resolve(true);
    waiting = undefined;
  };
  const server = createServer({ noDelay: true }, (accepted) => {
    socket = accepted;
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      if (lines.length > 0) reached = Number(lines.at(-1));
      settle();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return {
    port: /** @type {import('node:net').AddressInfo} */ (server.address()).port,
    say: (line) => socket?.write(`${line}\n`),
    /** True when every connection has received up to this number; false when that does not come about. */
    reached(number) {
      if (reached >= number) return true;
      return new Promise((resolve) => {
        waiting = { number, resolve, timer: setTimeout(resolve, giveUpMs, false) };
      });
    },
  };
}
