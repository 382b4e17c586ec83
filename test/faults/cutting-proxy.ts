import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Where a connection is cut, seen from what a client asks. */
const places = ['before it arrives', 'after it arrived', 'before its answer', 'in its answer'] as const;
type Place = (typeof places)[number];

/** What a proxy does: how often it cuts where, and how many cuts are left. */
export interface CuttingProxy {
  readonly port: number;
  readonly cuts: ReadonlyMap<Place, number>;
  /** True while connections are cut. */
  cutting: boolean;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Starts a proxy that cuts connections at random places, `share` of all pieces that go through it. It ends with the test. */
export async function cuttingProxy(
  target: number,
  { random, share }: { readonly random: () => number; readonly share: number },
): Promise<CuttingProxy> {
  const cuts = new Map<Place, number>();
  const sockets = new Set<Socket>();
  const state = { cutting: false };
  const draw = (from: number): Place | undefined => {
    if (!state.cutting || random() > share) return undefined;
    const place = places[from + Math.floor(random() * 2)] as Place;
    cuts.set(place, (cuts.get(place) ?? 0) + 1);
    return place;
  };
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const end = (): void => {
      for (const socket of [near, far]) socket.destroy();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => end() ?? sockets.delete(socket));
    }
    near.on('data', (bytes) => {
      const place = draw(0);
      if (place === 'before it arrives') end();
      else far.write(bytes, () => place && setTimeout(end, 5));
    });
    far.on('data', (bytes) => {
      const place = draw(2);
      if (place === 'before its answer') end();
      else if (place === undefined) near.write(bytes);
      else near.write(bytes.subarray(0, bytes.length / 2), end);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, { port, cuts });
}
