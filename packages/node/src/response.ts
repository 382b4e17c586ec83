import type { ServerResponse } from 'node:http';
import type { FiniteResponse, HttpResponse } from '@cometkit/handler';
import { keepAlive } from './any-socket.ts';
import { openStream } from './outlet.ts';
import { ownHeaders } from './own-headers.ts';

const lingerMs = 500;

/** Writes the handler's answer to a node:http response. Nothing happens when the client has gone. */
export function sendHttpResponse(answer: HttpResponse, response: ServerResponse): void {
  if (response.destroyed || response.headersSent) return;
  if (!('open' in answer)) {
    sendFinite(answer, response);
    return;
  }
  const { socket } = response;
  response.writeHead(answer.status, ownHeaders(answer.headers, response));
  if (socket !== null) keepAlive(socket);
  openStream(response, answer);
}

function sendFinite({ status, headers, body }: FiniteResponse, response: ServerResponse): void {
  const sent = ownHeaders(headers, response);
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const bodiless = status === 204 || response.req.method === 'HEAD';
  response.writeHead(status, bodiless ? sent : { ...sent, 'content-length': String(length) });
  if (status === 413 && !response.req.readableEnded) linger(response, body);
  // For text of UTF-8 Node sets room aside for three bytes a character, head included.
  else if (length === body.length) response.end(body, 'latin1');
  else response.end(body);
}

// A connection closed while its client still sends is reset, and the client never reads why. So what still comes is
// thrown away for a moment before the end.
function linger(response: ServerResponse, body: string | Uint8Array): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  response.req.once('end', end);
  response.once('close', end);
  response.write(body);
  response.req.resume();
}

/** Answers that nothing is there. */
export function notFound(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/plain;charset=UTF-8' });
  response.end('not found\n');
}
