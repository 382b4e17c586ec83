import { type AddressInfo, createServer } from 'node:net';

/** Finds a port of the loopback that nobody listens on at the moment, for a program that has to be told one. */
export async function unusedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
