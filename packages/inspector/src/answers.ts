import type { IncomingMessage, ServerResponse } from 'node:http';

const headers = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
const maxBodyBytes = 65_536;

/** Answers with a body of a type. */
export function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { ...headers, 'Content-Type': type }).end(body);
}

/** Answers with one sentence. */
export function say(response: ServerResponse, status: number, sentence: string): void {
  send(response, status, 'text/plain; charset=utf-8', `${sentence}\n`);
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

/** Sends the visitor to another address. */
export function redirect(response: ServerResponse, to: string): void {
  response.writeHead(308, { ...headers, Location: to }).end();
}

/**
 * Reads a body, unless a parser in front has read it.
 *
 * @returns undefined when it has more than 65,536 bytes.
 */
export async function readText(
  request: IncomingMessage & { readonly body?: unknown },
): Promise<string | undefined> {
  if (request.readableEnded) return JSON.stringify(request.body ?? {});
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
