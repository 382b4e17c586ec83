import { networkInterfaces } from 'node:os';

/**
 * The address at which a second device, a phone say, finds the page.
 *
 * @param server that listens
 * @returns {string | undefined} a URL; undefined while the server listens for this machine alone
 */
export function addressElsewhere(server) {
  const { address, family, port } = server.address();
  const everywhere = address === '0.0.0.0' || address === '::';
  const host = everywhere ? addressInNetwork() : address;
  if (host === undefined || /^127\.|^::1$/.test(host)) return undefined;
  return `http://${!everywhere && family === 'IPv6' ? `[${host}]` : host}:${port}/`;
}

function addressInNetwork() {
  const all = Object.values(networkInterfaces()).flat();
  return all.find((one) => one?.family === 'IPv4' && !one.internal)?.address;
}
