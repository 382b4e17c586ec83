import { CometError } from '@cometkit/core';
import type { RequestBody } from '@cometkit/handler';

/**
 * Reads the body of a request as text.
 *
 * @param limit - bytes, counted as they arrive.
 * @throws {CometError} `body-too-large` — the body exceeds the limit; `malformed-request` — the client disconnected half-way,
 * or the body was already read.
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
