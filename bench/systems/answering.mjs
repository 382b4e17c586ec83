// Servers that answer questions with what they were asked: a route of Express, bare `ws`, and ours in the same Express app.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { listen } from './shared.mjs';

// What does not publish has no conversation for the generator.
const silent = { client: { steps: [] }, publish: () => undefined };

async function startExpress() {
  const [{ default: express }, { comet }, { attachWebSocket }] = await Promise.all([
    import('express'),
    import('@cometkit/express'),
    import('@cometkit/websocket'),
  ]);
  const push = comet();
  push.handle('/echo', ({ data }) => data);
  const app = express();
  app.use('/push', push);
  app.post('/echo', express.json(), (request, response) => response.json(request.body));
  const server = createServer(app);
  attachWebSocket(server, push, { pingMs: 7_200_000 });
  return server;
}

function startEcho() {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (request, stream, head) => {
    sockets.handleUpgrade(request, stream, head, (socket) => {
      socket.on('error', () => undefined);
      socket.on('message', (text) => socket.send(JSON.stringify(JSON.parse(`${text}`))));
    });
  });
  return server;
}

/** Starts the server. `host` is `express` or `ws`. */
export async function start({ host }) {
  return { ...silent, port: await listen(host === 'ws' ? startEcho() : await startExpress()) };
}
