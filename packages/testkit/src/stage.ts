import assert from 'node:assert/strict';
import type { Hub } from '@cometkit/node';
import { asRequest, type Fields } from './command-request.ts';
import { openStream, type Received, type ReceivedStream, type SendOptions, send } from './http-client.ts';

/** What a case of a contract plays on: a hub, and the server that the adapter serves it from. */
export interface Stage {
  readonly hub: Hub;
  readonly url: string;
}

/** One thing that an adapter must do. It throws when the adapter does not. */
export type AdapterCase = (stage: Stage) => Promise<void>;

/** A session that a case has joined, as its client knows it. */
export interface Joined {
  readonly id: string;
  /** Sends a command of the session. */
  command(fields: Fields, options?: SendOptions): Promise<Received>;
  /** Opens its data channel. */
  channel(fields: Fields): Promise<ReceivedStream>;
}

const patienceMs = 3000;

/** Makes the URL of a command that is sent by GET, in the dialect of its format. */
export function urlOf(stage: Stage, fields: Fields): string {
  return stage.url + asRequest(fields).query;
}

/** Sends a command in the dialect of its format. */
export function command(stage: Stage, fields: Fields): Promise<Received> {
  const { query, ...options } = asRequest(fields);
  return send(stage.url + query, options);
}

/** Joins with the format and keeps what proves the session. */
export async function join(stage: Stage, format = 'ndjson'): Promise<Joined> {
  const answer = await command(stage, { type: 'join', format });
  assert.equal(answer.status, 200);
  const id = /"?(?:p_id|session)"?[:=', ]+"([\w-]+)"/.exec(answer.body)?.[1];
  assert.ok(id !== undefined, `the answer to the join names no session: ${answer.body}`);
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
  const proof = cookie === undefined ? {} : { cookie };
  const prepare = (fields: Fields, options: SendOptions = {}): [url: string, options: SendOptions] => {
    const { query, headers, ...rest } = asRequest({ session: id, ...fields }, format);
    return [
      stage.url + query,
      { ...rest, ...options, headers: { ...headers, ...proof, ...options.headers } },
    ];
  };
  return {
    id,
    command: (fields, options) => send(...prepare(fields, options)),
    channel: (fields) => openStream(...prepare(fields)),
  };
}

/**
 * Waits until a condition holds.
 *
 * @throws {Error} it does not hold within three seconds.
 */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What programs of elsewhere publish with. */
export const publishKey = 'a-key-of-the-contract-with-32-characters';
