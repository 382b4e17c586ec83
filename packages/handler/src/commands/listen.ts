import type { Field } from '@cometkit/codec';
import type { Item, Subscription, Transport } from '@cometkit/core';
import { answer, nonceFor } from '../answer.ts';
import { after, control, type SessionCall } from '../call.ts';
import { answerHeaders } from '../headers.ts';
import type { HttpHeaders, HttpResponse, StreamResponse } from '../http.ts';
import { pastOf } from '../past.ts';
import { ResponseFrames } from '../response-frames.ts';
import { resumeCursor } from '../resume-cursor.ts';
import { contextOf } from '../session-context.ts';
import { refreshEvent } from '../transports/refresh-event.ts';
import { StreamTransport } from '../transports/stream.ts';
import { addSubscription } from './add-subscription.ts';
import { protocolVersion } from './open-session.ts';

/** `listen`: opens the data channel, behind a subscription if the command names one. */
export function listen(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  if (call.command.subject === undefined) return openChannel(call, undefined, {});
  return after(addSubscription(call), (subscription) => openChannel(call, subscription, {}));
}

/** Opens the data channel in the mode that the command asks for; the acknowledgement says which it is. */
export function openChannel(
  call: SessionCall,
  subscription: Subscription | undefined,
  headers: HttpHeaders,
): HttpResponse {
  const context = contextOf(call.session);
  const mode = call.command.mode ?? 'stream';
  if (context !== undefined) context.mode = mode;
  // A client that resumes has the past behind it.
  const past =
    subscription === undefined || resumeCursor(call) !== undefined ? [] : pastOf(call, subscription);
  const opening: Opening = { fields: ackFields(call, mode, subscription), past, headers };
  return mode === 'stream' ? stream(call, opening) : firstAnswer(call, opening);
}

interface Opening {
  readonly fields: readonly (readonly [string, Field[1] | undefined])[];
  readonly past: readonly Item[];
  readonly headers: HttpHeaders;
}

function ackFields(
  { session, format, command, service }: SessionCall,
  mode: string,
  subscription: Subscription | undefined,
): Opening['fields'] {
  const joined = !format.classic && command.verb === 'join-listen';
  return [
    ['p_mode', mode],
    ['p_id', session.id],
    ['p_key', joined ? session.secret : undefined],
    ['p_sid', subscription?.id],
    ['p_label', subscription?.label],
    ['p_format', format.name],
    ['p_time', service.time],
    ['p_ver', joined ? protocolVersion : undefined],
  ];
}

function stream(call: SessionCall, { fields, past, headers }: Opening): StreamResponse {
  const { service, format, cors, command } = call;
  const nonce = nonceFor(service, format);
  const frames = new ResponseFrames(service.outflow.encoders.of(format), nonce);
  const after = resumeCursor(call);
  const ack = control(`${command.verb}-ack`, fields);
  return {
    status: 200,
    headers: { ...answerHeaders(format.contentType, cors, nonce), ...headers },
    open: (outlet) => new StreamTransport(call, frames, outlet).start(ack, past, after),
  };
}

// Pull and poll clients are answered at once and come back after the wait. The channel is opened and closed in one
// step, so that an older one ends.
function firstAnswer(call: SessionCall, { fields, past, headers }: Opening): HttpResponse {
  const { service, session, format, command } = call;
  service.hub.attach(session, nothing, { after: resumeCursor(call) });
  service.hub.detach(session, nothing);
  const cursor = format.classic ? undefined : session.cursor;
  const ack = control(`${command.verb}-ack`, [...fields, ['p_cur', cursor]]);
  return answer(call, [ack, ...past, refreshEvent(call)], headers);
}

const nothing: Transport = {
  idleMs: Number.MAX_SAFE_INTEGER,
  wake: () => undefined,
  idle: () => undefined,
  close: () => undefined,
};
