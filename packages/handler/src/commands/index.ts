import type { SessionCall } from '../call.ts';
import type { HttpResponse, PendingResponse } from '../http.ts';
import type { Verb } from '../wire-names.ts';
import { batch } from './batch.ts';
import { heartbeat } from './heartbeat.ts';
import { leave } from './leave.ts';
import { listen } from './listen.ts';
import { publish } from './publish.ts';
import { refresh } from './refresh.ts';
import { renew } from './renew.ts';
import { request } from './request.ts';
import { subscribe } from './subscribe.ts';
import { unsubscribe } from './unsubscribe.ts';

/** What a command of a session does. */
export type SessionCommand = (call: SessionCall) => HttpResponse | PendingResponse | Promise<HttpResponse>;

/** The commands of a session by their verb. */
export const sessionCommands: Readonly<Record<Exclude<Verb, 'join' | 'join-listen'>, SessionCommand>> = {
  listen,
  refresh,
  subscribe,
  unsubscribe,
  publish,
  request,
  renew,
  heartbeat,
  ack: heartbeat,
  leave,
  batch,
};
