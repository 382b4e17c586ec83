import type { HttpHeaders, HttpResponse } from '@cometkit/handler';
import type { Exchange } from './exchange.ts';
import { StreamOutlet } from './stream-outlet.ts';

const withoutBody: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);
const encoder = new TextEncoder();

/** Makes a fetch response of the handler's answer. */
export function toResponse(answer: HttpResponse, exchange: Exchange): Response {
  const { status } = answer;
  const headers = toHeaders(answer.headers);
  if ('open' in answer) {
    const outlet = new StreamOutlet(exchange);
    answer.open(outlet);
    return new Response(outlet.stream, { status, headers });
  }
  const body = typeof answer.body === 'string' ? encoder.encode(answer.body) : answer.body;
  // Of nothing the platform knows the length by itself; and the answer to HEAD has the length of another one.
  if (body.length === 0 || withoutBody.has(status)) return new Response(null, { status, headers });
  headers.set('content-length', String(body.length));
  return new Response(exchange.watched ? watchedBody(body, exchange) : (body as BodyInit), {
    status,
    headers,
  });
}

// Somebody wants to know whether this answer was taken to its end, which only a stream tells.
function watchedBody(body: Uint8Array, exchange: Exchange): ReadableStream<Uint8Array> {
  const outlet = new StreamOutlet(exchange);
  outlet.write(body);
  outlet.end();
  return outlet.stream;
}

function toHeaders(given: HttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    for (const line of typeof value === 'string' ? [value] : value) headers.append(name, line);
  }
  return headers;
}
