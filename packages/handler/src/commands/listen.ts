import type { Field } from '@cometkit/codec';
import type { Item, Subscription, Transport } from '@cometkit/core';
import { answer, nonceFor } from '../answer.ts';
import { after, type Call, control, type SessionCall } from '../call.ts';
import { clusterNodeOf } from '../cluster/cluster-node.ts';
import { answersIn } from '../dialects/answers-in.ts';
import { streamHeaders } from '../headers.ts';
import { noteMode } from '../held-back.ts';
import { historyField, historyOfChannel } from '../history-reply.ts';
import type { HttpHeaders, HttpResponse, StreamResponse } from '../http.ts';
import { pollOf } from '../poll.ts';
import { listens } from '../reauthorize.ts';
import { settleBeforeListening } from '../redelivery.ts';
import { framesOf } from '../response-frames.ts';
import { resumeCursor } from '../resume-cursor.ts';
import { contextOf } from '../session-context.ts';
import { idleMsOf, placeFields } from '../transports/place-fields.ts';
import { drawWait, refreshEvent } from '../transports/refresh-event.ts';
import { StreamTransport } from '../transports/stream.ts';
import type { Mode } from '../wire-names.ts';
import { type Added, addSubscription } from './add-subscription.ts';
import { protocolVersion } from './open-session.ts';

/** `listen`: opens the data channel, after adding a subscription if the command names one. */
export function listen(call: SessionCall): HttpResponse | Promise<HttpResponse> {
  answersIn(call.format).checkListen(call);
  const mode = channelMode(call);
  if (call.command.subject === undefined) return openChannel(call, mode, undefined, {});
  return after(addSubscription(call), (added) => openChannel(call, mode, added, {}));
}

/**
 * Returns the mode of the channel that a command opens. Checked before anything is created for the client.
 *
 * @throws {CometError} `unknown-mode` — the format cannot be read before its answer ends.
 */
export function channelMode({ command, format }: Call): Mode {
  return command.dialect.modeOf(command.mode, format);
}

/** Opens the data channel in a mode, which the acknowledgement names. */
export function openChannel(
  call: SessionCall,
  mode: Mode,
  added: Added | undefined,
  headers: HttpHeaders,
): HttpResponse | Promise<HttpResponse> {
  const taking = clusterNodeOf(call.handler)?.channels.take(call, mode);
  if (taking === undefined) return open(call, { mode, added, headers, generation: undefined });
  return taking.then(({ call: taken, generation, unsure }) => {
    const context = contextOf(taken.session);
    if (context !== undefined) context.guessed ||= unsure;
    return open(taken, { mode, added: added && ofSession(added, taken), headers, generation });
  });
}

// Another node may have changed the session meanwhile, so that it was taken in again.
function ofSession(added: Added, { session }: SessionCall): Added {
  const { id } = added.subscription;
  return { ...added, subscription: session.subscriptions.find((one) => one.id === id) ?? added.subscription };
}

interface Asked {
  readonly mode: Mode;
  readonly added: Added | undefined;
  readonly headers: HttpHeaders;
  readonly generation: number | undefined;
}

function open(call: SessionCall, { mode, added, headers, generation }: Asked): HttpResponse {
  const context = contextOf(call.session);
  if (context !== undefined) {
    noteMode(call, context, mode);
    context.medium = call.carrier?.medium;
  }
  settleBeforeListening(call);
  // A client that resumes already has the history.
  const past = added === undefined || resumeCursor(call) !== undefined ? [] : historyOfChannel(call, added);
  const fields = [...ackFields(call, mode, added?.subscription), ...pastFields(call, past)];
  const opening: Opening = { fields, past, headers, generation };
  return mode === 'stream' ? stream(call, opening) : firstAnswer(call, opening);
}

interface Opening {
  readonly fields: readonly (readonly [string, Field[1] | undefined])[];
  readonly past: readonly Item[];
  readonly headers: HttpHeaders;
  readonly generation: number | undefined;
}

function ackFields(
  { session, format, command, handler }: SessionCall,
  mode: Mode,
  subscription: Subscription | undefined,
): Opening['fields'] {
  const joined = answersIn(format).tellsKey && command.verb === 'join-listen';
  return [
    ['mode', mode],
    ['session', session.id],
    ['key', joined ? session.secret : undefined],
    ['subscription', subscription?.id],
    ['label', subscription?.label],
    ['format', answersIn(format).formatName(format)],
    ['time', handler.time],
    ['version', joined ? protocolVersion : undefined],
  ];
}

// A stream client that neither acknowledges nor proves anything may have lost what was in transit.
function pastFields(call: SessionCall, past: readonly Item[]): Opening['fields'] {
  const context = contextOf(call.session);
  const guessed = context?.guessed === true || context?.stream?.guesses === true;
  const { command, request } = call;
  const unsure = guessed && resumeCursor({ command, request }) === undefined;
  if (context !== undefined) context.guessed = false;
  return [
    ['past', historyField(call, past)],
    ['gap', unsure ? 'maybe' : undefined],
  ];
}

function stream(call: SessionCall, { fields, past, headers, generation }: Opening): StreamResponse {
  const { handler, format, cors, command } = call;
  const nonce = nonceFor(handler, format);
  const frames = framesOf(handler.output.encoders.of(format), nonce);
  const after = resumeCursor(call);
  const ack = control(`${command.verb}-ack`, fields);
  return {
    status: 200,
    headers: streamHeaders(format.contentType, cors, nonce, headers),
    open: (outlet) => {
      new StreamTransport(call, frames, outlet).start(ack, past, { after, generation });
      listens(call);
    },
  };
}

// Long-poll and poll clients get an answer immediately and come back after the wait. The channel is opened and closed
// in one step, so that an older one ends.
function firstAnswer(call: SessionCall, { fields, past, headers, generation }: Opening): HttpResponse {
  const { session, format, command } = call;
  const { hub } = call.handler;
  hub.attach(session, nothing, { after: resumeCursor(call), generation });
  hub.detach(session, nothing);
  const place = format.cursors ? placeFields(session, idleMsOf(call), hub.limits) : [];
  const ack = control(`${command.verb}-ack`, [...fields, ...place]);
  const poll = pollOf(call);
  const cookies = [headers, answersIn(format).seenHeaders(poll)].flatMap(
    (given) => given?.['set-cookie'] ?? [],
  );
  const extra = cookies.length === 0 ? {} : { 'set-cookie': cookies };
  const events = [ack, ...past, refreshEvent(poll, drawWait(poll))];
  return call.handler.output.unread.given(call, answer(call, events, { ...headers, ...extra }));
}

const nothing: Transport = {
  idleMs: Number.MAX_SAFE_INTEGER,
  wake: () => undefined,
  idle: () => undefined,
  close: () => undefined,
};
