import type { Duplex } from 'node:stream';

// What only a socket of the network has: an HTTP server takes any Duplex for a connection (a tunnel, an SSH channel, a
// test's pair), and middleware may have put something else in its place.
interface NetworkSocket {
  setKeepAlive?: (enable: boolean, delayMs: number) => void;
  destroySoon?: () => void;
}

const keepAliveMs = 10_000;

/** Lets the kernel find a peer that vanished without a word, long before anything else would, where there is a kernel. */
export function keepAlive(socket: Duplex): void {
  (socket as NetworkSocket).setKeepAlive?.(true, keepAliveMs);
}

/** Ends a connection, and destroys it when all that was written has left. */
export function destroySoon(socket: Duplex): void {
  if (typeof (socket as NetworkSocket).destroySoon === 'function') (socket as NetworkSocket).destroySoon?.();
  else socket.end(() => socket.destroy());
}
