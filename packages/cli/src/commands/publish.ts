import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Client } from '@cometkit/client';
import type { JsonValue } from '@cometkit/core';
import { type ConnectionOptions, connect } from '../connection.ts';
import { Deadline } from '../deadline.ts';
import { Failure, sentenceOf } from '../failure.ts';
import type { Surroundings } from '../surroundings.ts';
import { Terminal } from '../terminal.ts';

/** Options of `publish`. */
export interface PublishCommandOptions extends ConnectionOptions {
  readonly to?: string;
  readonly lines?: boolean;
  readonly text?: boolean;
  /** In seconds. */
  readonly timeout: number;
}

// More than any server takes: what is piped in by mistake must not fill the memory.
const maxInputBytes = 16 * 1024 * 1024;

/**
 * Publishes one event, or one for each line of the input.
 *
 * @param given - JSON or a text; `-` reads the standard input.
 * @throws Failure — the server did not accept it, or the input is not usable.
 */
export async function publish(
  surroundings: Surroundings,
  { url, subject, given }: { readonly url: URL; readonly subject: string; readonly given: string },
  options: PublishCommandOptions,
): Promise<void> {
  const client = connect(url, options);
  const send = sender(client, subject, options, surroundings.stop);
  let accepted = 0;
  try {
    for await (const text of textsOf(surroundings.stdin, given, options.lines === true)) {
      await send(options.text ? text : dataOf(text), accepted + 1);
      accepted += 1;
    }
  } finally {
    await client.close();
  }
  new Terminal(surroundings).say(`-- ${accepted} ${accepted === 1 ? 'event' : 'events'} accepted`);
}

type Send = (data: JsonValue, number: number) => Promise<void>;

/** Makes what sends one event and waits for the server's word; trouble on the way is said when that does not come. */
function sender(
  client: Client,
  subject: string,
  { to, timeout, lines }: PublishCommandOptions,
  stop: AbortSignal,
): Send {
  let trouble: string | undefined;
  client.on('reconnecting', (error) => {
    trouble = sentenceOf(error);
  });
  // Where a redirect leads elsewhere, waiting does not help.
  const lost = new AbortController();
  client.on('error', (error) => {
    trouble = sentenceOf(error);
    if (error.code === 'redirected') lost.abort();
  });
  return async (data, number) => {
    const deadline = new Deadline(stop, timeout * 1000);
    lost.signal.addEventListener('abort', deadline.abort);
    if (lost.signal.aborted) deadline.abort();
    try {
      await client.publish(subject, data, { to, signal: deadline.signal });
    } catch (error) {
      const where = lines ? `event ${number}: ` : '';
      if (stop.aborted) throw new Failure(`${where}interrupted; it may have been published`);
      const late = `no answer in ${timeout} s: ${trouble ?? 'try --timeout'}`;
      const why = lost.signal.aborted ? trouble : deadline.late ? late : sentenceOf(error);
      throw new Failure(where + why);
    } finally {
      deadline.end();
      lost.signal.removeEventListener('abort', deadline.abort);
    }
  };
}

async function* textsOf(stdin: Readable, given: string, lines: boolean): AsyncGenerator<string> {
  if (given !== '-') yield given;
  else if (!lines) {
    const text = await wholeOf(stdin);
    if (text === '') throw new Failure('there is nothing to publish: give the data, or pipe it in');
    yield text;
  } else
    for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line.trim() !== '') yield line;
}

async function wholeOf(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > maxInputBytes)
      throw new Failure('the input is longer than 16 MiB: publish a link to it, or use --lines');
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** Reads JSON; anything else is a text. */
function dataOf(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
