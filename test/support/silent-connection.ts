import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** Connects to a server and asks nothing, as browsers do ahead of a request, until the test is over. */
export async function silentConnection(address: string): Promise<void> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  // Its server has it before it has the answer to a request that comes later.
  await fetch(address, { headers: { connection: 'close' } }).then((response) => response.text());
}
