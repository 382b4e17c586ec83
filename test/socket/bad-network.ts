import dgram from 'node:dgram';
import { onTestFinished } from 'vitest';

/** A generator of chances. @returns from 0 up to 1, the same for the same seed. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A network between one client and the server that loses, doubles and overtakes, both ways.
 *
 * @returns its port. Units: `loss` is a share of 1.
 */
export async function badNetwork(serverPort: number, chance: () => number, loss = 0.2): Promise<number> {
  const [near, far] = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
  let client = 0;
  const pass = (socket: dgram.Socket, bytes: Buffer, port: () => number): void => {
    const copies = chance() < loss ? 0 : chance() < 0.1 ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delayMs = chance() < 0.1 ? chance() * 20 : 0;
      setTimeout(() => open && socket.send(bytes, port(), '127.0.0.1'), delayMs);
    }
  };
  let open = true;
  near.on('message', (bytes, from) => {
    client = from.port;
    pass(far, bytes, () => serverPort);
  });
  far.on('message', (bytes) => pass(near, bytes, () => client));
  await Promise.all(
    [near, far].map((socket) => new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))),
  );
  onTestFinished(() => {
    open = false;
    near.close();
    far.close();
  });
  return near.address().port;
}
