import { CometError } from '@cometkit/core';
import type { RequestBody } from '@cometkit/handler';

/**
 * Reads the body of a request as text.
 *
 * Units:  `limit` in bytes, counted while they stream in.
 * Errors: rejects with `body-too-large` past the limit; `malformed-request` when the client goes away half-way, or when
 *         somebody has read the body before.
 */
export async function readBody(request: Request, limit: number): Promise<RequestBody> {
  if (request.body === null) return { kind: 'text', text: '' };
  if (request.bodyUsed) throw malformed('the body was read before');
  const reader = request.body.getReader();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  let bytes = 0;
  for (;;) {
    const chunk = await nextChunk(reader);
    if (chunk === undefined) return { kind: 'text', text: text + decoder.decode() };
    bytes += chunk.length;
    if (bytes > limit) {
      // The rest is not wanted; whether the client hears of that does not matter here.
      void reader.cancel().catch(() => undefined);
      throw new CometError('body-too-large', `the body is larger than ${limit} bytes`, { limit });
    }
    text += decoder.decode(chunk, { stream: true });
  }
}

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value;
  } catch (cause) {
    throw malformed('the body ended too early', cause);
  }
}

function malformed(reason: string, cause?: unknown): CometError {
  return new CometError('malformed-request', reason, { reason: 'body' }, { cause });
}
