import assert from 'node:assert/strict';
import type { Hub } from '@cometkit/node';
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
  command(fields: Readonly<Record<string, string>>, options?: SendOptions): Promise<Received>;
  /** Opens its data channel. */
  channel(fields: Readonly<Record<string, string>>): Promise<ReceivedStream>;
}

const patienceMs = 3000;

/** Makes the URL of a command. */
export function urlOf(stage: Stage, fields: Readonly<Record<string, string>>): string {
  return `${stage.url}?${new URLSearchParams(fields)}`;
}

/** Joins with the format and keeps what proves the session. */
export async function join(stage: Stage, format = 'ndjson'): Promise<Joined> {
  const answer = await send(urlOf(stage, { type: 'join', format: format }));
  assert.equal(answer.status, 200);
  const id = /"?p_id"?[:=', ]+"([\w-]+)"/.exec(answer.body)?.[1];
  assert.ok(id !== undefined, `the answer to the join names no session: ${answer.body}`);
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0];
  const headers = cookie === undefined ? {} : { cookie };
  return {
    id,
    command: (fields, options) =>
      send(urlOf(stage, { session: id, ...fields }), {
        ...options,
        headers: { ...headers, ...options?.headers },
      }),
    channel: (fields) => openStream(urlOf(stage, { session: id, ...fields }), { headers }),
  };
}

/** Waits until something is so. Errors: rejects when it is not within three seconds. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
