/**
 * The server asks, the client answers.
 *
 * @packageDocumentation
 */
import type { JsonValue } from '@cometkit/core';
import type { ClientEvent } from './items.ts';

/** The part of a client that answering needs. */
export interface HandleClient {
  readonly id: string | undefined;
  /** That of a client which shares its session with other tabs. */
  readonly leads?: boolean;
  request(subject: string, data: JsonValue): Promise<JsonValue>;
  on(name: 'event', listener: (event: ClientEvent) => void): void;
  off(name: 'event', listener: (event: ClientEvent) => void): void;
}

/** What the server asks. */
export interface ServerRequest {
  readonly subject: string;
  readonly data: JsonValue;
  /** Refuses, with a word for programs (small letters, digits and hyphens) and a sentence. */
  refuse(code: string, reason: string): never;
}

/** Answers a request of the server with what it returns, or resolves with. */
export type Answering = (request: ServerRequest) => unknown;

/** A refusal in words that the server may see. */
class Refused extends Error {
  readonly words: { readonly code: string; readonly reason: string };

  constructor(code: string, reason: string) {
    super(reason);
    this.words = { code, reason };
  }
}

const handlersOf = new WeakMap<HandleClient, Map<string, Answering>>();

/**
 * Answers what the server asks of this client by `push.request(session, subject, data)`. Each request is carried out once at most. What the
 * handler throws stays here: the server is told `failed`.
 *
 * Of tabs that share one session the first one to answer carries it out, of those that have a handler for the subject. Where none has,
 * nobody says so, and the time of the server's request ends it.
 *
 * @param subject - one subject, without wildcards.
 * @returns a function that ends it.
 * @throws {TypeError} the subject has a handler.
 *
 * @example
 * ```ts
 * handle(client, '/confirm', ({ data }) => window.confirm(String(data)));
 * ```
 */
export function handle(client: HandleClient, subject: string, answer: Answering): () => void {
  const handlers = handlersOf.get(client) ?? listen(client);
  if (handlers.has(subject)) throw new TypeError(`requests to ${subject} have a handler`);
  handlers.set(subject, answer);
  return () => void handlers.delete(subject);
}

function listen(client: HandleClient): Map<string, Answering> {
  const handlers = new Map<string, Answering>();
  handlersOf.set(client, handlers);
  client.on('event', ({ subject, from, to, data }) => {
    // Only the server sends without a name.
    if (subject !== '/$request' || from !== undefined || to === undefined || to !== client.id) return;
    void carryOut(client, handlers, data as unknown as Asked);
  });
  return handlers;
}

interface Asked {
  readonly messageId: string;
  readonly subject: string;
  readonly data: JsonValue;
}

// The server knows which tab was first, also when that one is gone by now. What cannot be told is not carried out.
async function isFirst(client: HandleClient, messageId: string): Promise<boolean> {
  return (await client.request('/$answer', { messageId, claim: true }).catch(() => false)) === true;
}

async function carryOut(
  client: HandleClient,
  handlers: ReadonlyMap<string, Answering>,
  { messageId, subject, data }: Asked,
): Promise<void> {
  const refuse = (code: string, reason: string): never => {
    throw new Refused(code, reason);
  };
  const shares = client.leads !== undefined;
  if (shares && !(handlers.has(subject) && (await isFirst(client, messageId)))) return;
  const tell = (said: object): Promise<JsonValue> =>
    client.request('/$answer', JSON.parse(JSON.stringify({ messageId, ...said })) as JsonValue);
  try {
    const answer = handlers.get(subject) ?? (() => refuse('no-handler', 'nothing answers this subject'));
    const value = await answer({ subject, data, refuse });
    await tell({ value: value ?? null });
  } catch (error) {
    const words = error instanceof Refused ? error.words : { code: 'failed', reason: 'the client failed' };
    // What cannot be told is told by the end of the session, or by the time that is over.
    await tell({ error: words }).catch(() => undefined);
  }
}
