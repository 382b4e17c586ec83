// How a client opens a WebSocket; the generator reads the frames of the server as plain text.
import { get } from '../shared.mjs';

const headers =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

/** The request that asks for the upgrade. */
export function upgrade(path) {
  return get(path, headers);
}
