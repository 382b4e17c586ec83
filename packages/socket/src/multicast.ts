import dgram from 'node:dgram';
import net from 'node:net';
import type { Connections } from '@cometkit/handler';
import { DatagramLink } from './datagram-link.ts';
import type { MulticastGroup } from './options.ts';

const firstV4 = 224;
const lastV4 = 239;
const v6 = /^ff[0-9a-f]{2}:/i;

/**
 * Checks what a group was given.
 *
 * @throws TypeError — its address is no multicast address. @throws RangeError — its port or TTL is none.
 */
export function checkGroup(group: MulticastGroup, type: 'udp4' | 'udp6'): void {
  const { address, port, ttl = 1 } = group;
  const first = Number(address.split('.')[0]);
  const multicast =
    type === 'udp4'
      ? net.isIPv4(address) && first >= firstV4 && first <= lastV4
      : net.isIPv6(address) && v6.test(address);
  if (!multicast)
    throw new TypeError(`a group has the address "${address}", which is not a multicast address`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`a group has the port ${port}`);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > 255) throw new RangeError(`a group has the ttl ${ttl}`);
}

/**
 * Begins to send the events of a group.
 *
 * @returns a function that stops it.
 * @throws the error of the system.
 */
export async function startGroup(
  group: MulticastGroup,
  type: 'udp4' | 'udp6',
  connections: Connections,
): Promise<() => void> {
  const socket = dgram.createSocket(type);
  await bind(socket, type === 'udp4' ? group.interface : undefined);
  // Each `send` reports errors to its own callback; without this listener Node would end the process.
  socket.on('error', () => undefined);
  socket.setMulticastTTL(group.ttl ?? 1);
  socket.setMulticastLoopback(true);
  if (group.interface !== undefined) socket.setMulticastInterface(group.interface);
  socket.unref();
  const link = new DatagramLink(
    (parts, done) => socket.send(parts, group.port, group.address, done),
    () => socket.close(),
  );
  const end = connections.feed(group.subject, link);
  return () => {
    end();
    link.destroy();
  };
}

function bind(socket: dgram.Socket, address: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}
