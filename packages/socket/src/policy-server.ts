import net from 'node:net';
import { checkOptions, list, nested } from '@cometkit/core/check-options';
import { MessageReader } from './message-reader.ts';
import { policyRules } from './options.ts';
import { type PolicyRule, policyDocument, policyRequest } from './policy.ts';
import { CountedServer, type SocketServer } from './socket-server.ts';

const patienceMs = 5000;
const graceMs = 1000;
const longestRequest = 64;
const limits = { maxConnections: 1000, maxConnectionsPerAddress: 32 };

/**
 * Serves nothing but a cross-domain policy, as Flash asks for it at port 843 before it connects anywhere.
 *
 * @param rules - each must name its ports.
 * @throws {TypeError} a rule has an invalid domain or list of ports, or no ports.
 */
export function createPolicyServer(rules: readonly PolicyRule[]): SocketServer {
  checkOptions({ rules }, { rules: list(nested(policyRules)) });
  if (rules.some((rule) => rule.ports === undefined))
    throw new TypeError('policy holds a rule without ports');
  const document = policyDocument(rules, 0);
  const server = net.createServer((socket) => {
    if (!socket.destroyed) answer(socket, document);
  });
  const counted = new CountedServer(server, limits);
  return {
    get size() {
      return counted.size;
    },
    listen: (port, host) => counted.listen(port, host),
    close: () => counted.close(graceMs),
  };
}

function answer(socket: net.Socket, document: string): void {
  const reader = new MessageReader(0, longestRequest);
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    reader.take(chunk);
    const text = reader.next();
    if (text === undefined) return;
    socket.removeAllListeners('data');
    socket.end(text?.trim() === policyRequest ? document : '');
  });
}
