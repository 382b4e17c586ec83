import type { Failure } from '../errors.ts';
import type { WireEvent, WireFields } from '../machine/wire.ts';
import { decodeEvent, Lines, maxEventChars } from './lines.ts';
import type { Endpoint, Sink } from './transport.ts';

// What an answer that should end may hold in all. Units: bytes.
const maxAnswerBytes = 16 * 1024 * 1024;

/**
 * Sends one request and brings the events of its answer as they come: a control request, a stream, a long poll or a
 * poll.
 *
 * Shape: resolves with what went wrong, undefined when the answer ended as it should.
 */
export async function exchange(
  { url, runtime, credentials, headers }: Endpoint,
  fields: WireFields,
  signal: AbortSignal,
  data: Sink['data'],
): Promise<Failure | undefined> {
  try {
    const response = await runtime.fetch(url, {
      method: 'POST',
      headers: { ...(await headers()), 'content-type': 'application/json' },
      body: JSON.stringify({ p_format: 'ndjson', ...fields }),
      credentials,
      // Another host must not be handed the session's key.
      redirect: 'error',
      cache: 'no-store',
      keepalive: fields['p_event'] === 'leave',
      signal,
    });
    const reader = response.body?.getReader();
    if (!reader || !response.ok) return failureOf(response, reader);
    return await read(reader, fields['p_mode'] === 'stream', data);
  } catch (cause) {
    return { code: 'unreachable', cause };
  }
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  endless: boolean,
  data: Sink['data'],
): Promise<Failure | undefined> {
  const text = new TextDecoder();
  const lines = new Lines();
  try {
    for (let bytes = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return lines.rest > 0 ? { code: 'cut' } : undefined;
      bytes += value.length;
      const events = lines.feed(text.decode(value, { stream: true })).map(decodeEvent);
      const fault = events.indexOf(undefined);
      // What stands before a fault is good.
      data((fault < 0 ? events : events.slice(0, fault)) as WireEvent[], value.length);
      if (fault >= 0) return { code: 'malformed' };
      if (lines.rest > maxEventChars || (!endless && bytes > maxAnswerBytes)) return { code: 'too-large' };
    }
  } finally {
    stop(reader);
  }
}

// Ends the connection wherever the reading stopped; one that is broken cannot be ended, and need not.
function stop(reader: ReadableStreamDefaultReader | undefined): void {
  reader?.cancel().catch(() => undefined);
}

function failureOf({ status, ok, headers }: Response, reader?: ReadableStreamDefaultReader): Failure {
  stop(reader);
  if (ok) return { code: 'unsupported' };
  const retryMs = (Number(headers.get('retry-after')) || 0) * 1000;
  // A path that is not there may be a server that is not there yet.
  const passing = status >= 500 || [404, 408, 425, 429].includes(status);
  return { code: status === 410 ? 'unknown-session' : passing ? 'server' : 'refused', status, retryMs };
}
