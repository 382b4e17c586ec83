import type { JsonValue } from '@cometkit/core';
import { checkOptions, having, type RulesOf } from '@cometkit/core/check-options';
import { ClientError } from './errors.ts';
import type { ClientItem } from './items.ts';
import type { RequestOptions } from './requests.ts';

/** Options of a stream. */
export interface StreamOptions {
  /** Ends the iteration when it is aborted. The stream goes on for others. */
  readonly signal?: AbortSignal | undefined;
}

/** What one producer sends, from its first value to its end. */
export interface ClientStream<Value = JsonValue> extends AsyncIterable<Value> {
  /**
   * Asks the server to end it, for all.
   *
   * @throws {ClientError} `refused` — with `not-authorized` it is not this client's to end; otherwise as `request` does.
   */
  cancel(): Promise<void>;
}

interface Part {
  readonly stream: string;
  readonly n: number;
  readonly value: JsonValue;
  readonly end?: string;
  readonly code?: string;
  readonly reason?: string;
}

interface Reader {
  subscribe(
    pattern: string,
    options: StreamOptions & { readonly gaps: true },
  ): AsyncIterator<ClientItem> & { readonly ready: Promise<void>; unsubscribe(): void };
  request(subject: string, data: JsonValue, options?: RequestOptions): Promise<JsonValue>;
}

const rules: RulesOf<StreamOptions> = { signal: having('addEventListener') };

/** Makes what {@link Client.stream} returns. */
export function streamOf(client: Reader, subject: string, options: StreamOptions): ClientStream {
  checkOptions(options, rules);
  return {
    cancel: async () => void (await client.request(subject, { stream: 'cancel' })),
    [Symbol.asyncIterator]: () => read(client, subject, options),
  };
}

async function* read(client: Reader, subject: string, { signal }: StreamOptions): AsyncGenerator<JsonValue> {
  let id: string | undefined;
  let last = 0;
  const missed = async (found: Part[] = []): Promise<Part[]> => {
    try {
      const ask = { stream: 'read', after: last + found.length, ...(id && { id }) };
      const { parts, more } = Object(await client.request(subject, ask, { signal }));
      found.push(...parts);
      return more ? missed(found) : found;
    } catch (error) {
      const { code, serverCode } = error as ClientError;
      // It has not begun.
      if (serverCode === 'no-handler' && !id) return found;
      if (code !== 'timeout' && code !== 'unconfirmed') throw error;
      return missed(found);
    }
  };
  const subscription = client.subscribe(subject, { gaps: true, signal });
  try {
    await subscription.ready;
    for (let parts = await missed(); ; ) {
      for (const { stream, n, value, end, code = end, reason } of parts) {
        if (n <= last) continue;
        id = stream;
        last = n;
        if (end === 'done') return;
        if (end) throw new ClientError({ code: 'refused', serverCode: code, reason });
        yield value;
      }
      const { done, value: item } = await subscription.next();
      if (done) throw new ClientError({ code: 'closed' });
      if (item.kind === 'gap') parts = await missed();
      else {
        const part = Object(item.from ? undefined : item.data) as Part;
        // From then on it has begun, and who does not answer for it has it not.
        id ??= part.stream;
        const follows = part.stream === id && part.n <= last + 1;
        // What others say to the subject is no part of it.
        if (part.stream) parts = follows ? [part] : await missed();
        else parts = [];
      }
    }
  } catch (error) {
    // Nobody waits for it any more.
    if (!signal?.aborted) throw error;
  } finally {
    subscription.unsubscribe();
  }
}
