import type { Failure } from '../errors.ts';
import { tooLarge } from '../machine/too-large.ts';
import type { WireEvent, WireFields } from '../machine/wire.ts';
import { checkHeaders } from './address.ts';
import { decodeEvent, Lines } from './lines.ts';
import type { Endpoint, Sink } from './transport.ts';

// What an answer may hold without any event (bytes).
const maxIdleBytes = 16 * 1024 * 1024;
// The most that one UTF-16 unit takes.
const utf8Bytes = 3;

/**
 * Sends one request and brings the events of its answer as they come: a control request, a stream, a long poll or a
 * poll.
 *
 * @returns the failure; undefined if the response ended as it should.
 */
export async function exchange(
  endpoint: Endpoint,
  fields: WireFields,
  signal: AbortSignal,
  data: Sink['data'],
): Promise<Failure | undefined> {
  const { url, runtime, credentials, headers, maxEventChars } = endpoint;
  const endless = fields['mode'] === 'stream';
  let given: Record<string, string>;
  try {
    given = await headers();
    checkHeaders(given);
  } catch (cause) {
    return { code: 'invalid', reason: 'the option headers gave what cannot be sent', cause };
  }
  try {
    const response = await runtime.fetch(url, {
      method: 'POST',
      headers: { ...given, 'content-type': 'application/json' },
      body: JSON.stringify({ format: 'ndjson', ...fields }),
      // The default is left to the platform: not every one takes the word.
      ...(credentials === 'same-origin' ? {} : { credentials }),
      // Another host must not be handed the session's key. Runtimes at the edge refuse the word `error`.
      redirect: 'manual',
      cache: 'no-store',
      ...(fields['type'] === 'leave' ? { keepalive: true } : {}),
      signal,
    });
    const redirect = redirectOf(response, url);
    if (redirect) return redirect;
    if (!response.ok) return await failureOf(response);
    const reader = response.body?.getReader();
    if (reader) return await read(reader, maxEventChars, data);
    if (endless || !response.text)
      return { code: 'unsupported', reason: 'this fetch gives no body as a stream' };
    return readWhole(await response.text(), maxEventChars, data);
  } catch (cause) {
    return { code: 'unreachable', cause };
  }
}

// Some surroundings cannot read a body as it comes: answers that end are read when they have.
function readWhole(text: string, limit: number, data: Sink['data']): Failure | undefined {
  const lines = new Lines(limit);
  const { events, fault } = decodeLines(lines.feed(text), limit);
  data(events, text.length);
  return fault ?? lines.fault;
}

// What stands before a fault is good.
function decodeLines(lines: readonly string[], limit: number): { events: WireEvent[]; fault?: Failure } {
  const events: WireEvent[] = [];
  for (const line of lines) {
    const event = decodeEvent(line, limit);
    if (!event) return { events, fault: line.length > limit ? tooLarge(limit) : { code: 'malformed' } };
    events.push(event);
  }
  return { events };
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limit: number,
  data: Sink['data'],
): Promise<Failure | undefined> {
  const text = new TextDecoder();
  const lines = new Lines(limit);
  try {
    for (let bytes = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return lines.fault;
      const { events, fault } = decodeLines(lines.feed(text.decode(value, { stream: true })), limit);
      bytes = events.length > 0 ? 0 : bytes + value.length;
      data(events, value.length);
      if (fault) return fault;
      if (bytes > Math.max(maxIdleBytes, 2 * utf8Bytes * limit)) return tooLarge(limit);
    }
  } finally {
    stop(reader);
  }
}

// Ends the connection wherever the reading stopped; one that is broken cannot be ended, and need not.
function stop(reader: ReadableStreamDefaultReader | undefined): void {
  reader?.cancel().catch(() => undefined);
}

// How much of an answer that is no success is read, to find out whether it is ours (UTF-16 units).
const maxRefusalChars = 16_384;

// A status alone says nothing: portals, firewalls and gateways answer with any of them. Ours brings its code in a JSON body.
async function failureOf(response: Response): Promise<Failure> {
  const { status, headers } = response;
  const { code: serverCode, detail: reason } = await problemOf(response);
  const retryMs = (Number(headers.get('retry-after')) || 0) * 1000;
  if (serverCode === undefined) return { code: 'server', reason: `HTTP status ${status}`, status, retryMs };
  if (serverCode === 'unknown-session') return { code: 'unknown-session', reason, serverCode, status };
  const passing = status >= 500 || [404, 408, 425, 429].includes(status);
  return { code: passing ? 'server' : 'refused', reason, serverCode, status, retryMs };
}

async function problemOf(response: Response): Promise<{ code?: string; detail?: string }> {
  const reader = response.body?.getReader();
  try {
    if (!/json/.test(response.headers.get('content-type') ?? '')) return {};
    const text = reader ? await readStart(reader) : await response.text();
    const { code, detail } = JSON.parse(text) as Record<string, unknown>;
    return typeof code === 'string' ? { code, ...(typeof detail === 'string' ? { detail } : {}) } : {};
  } catch {
    return {}; // not ours
  } finally {
    stop(reader);
  }
}

async function readStart(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const text = new TextDecoder();
  for (let read = ''; ; ) {
    const { done, value } = await reader.read();
    if (done || read.length > maxRefusalChars) return read;
    read += text.decode(value, { stream: true });
  }
}

function redirectOf(response: Response, url: string): Failure | undefined {
  const { status, type, redirected, headers, body } = response;
  const hidden = type === 'opaqueredirect';
  if (!hidden && !redirected && (status < 300 || status > 399)) return undefined;
  stop(body?.getReader());
  const to = hidden ? undefined : placeOf(redirected ? response.url : headers.get('location'), url);
  const reason = `the address answers with a redirect${to ? ` to ${to}` : ''}, which is not followed`;
  return { code: 'redirected', reason, ...(hidden ? {} : { status }) };
}

// Without its query, which may hold anything.
function placeOf(location: string | null, url: string): string | undefined {
  try {
    const { origin, pathname } = new URL(
      location ?? '',
      /^http/i.test(url) ? url : globalThis.document?.baseURI,
    );
    return location ? `${origin}${pathname}`.slice(0, 200) : undefined;
  } catch {
    return undefined;
  }
}
