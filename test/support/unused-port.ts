import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Systems take the ports of outgoing connections from 32768 on: one of those may be taken while its server is down.
const [lowest, highest] = [15_000, 32_000];

/** Finds a port of the loopback that nobody listens on at the moment, for a program that has to be told one. */
export async function unusedPort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
