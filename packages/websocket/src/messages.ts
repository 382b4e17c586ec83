import type { Connection } from '@cometkit/handler';
import type { WebSocket } from 'ws';

const textOnly = 1003;

/** Brings the messages of a WebSocket to its connection, no faster than they are carried out. */
export function bringMessages(socket: WebSocket, connection: Connection): void {
  connection.onReady(() => socket.resume());
  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary) socket.close(textOnly, 'text only');
    else if (!connection.receive(String(data))) socket.pause();
  });
}
