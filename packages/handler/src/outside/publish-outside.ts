import { ndjsonFormat } from '@cometkit/codec';
import { CometError, type Hub, type Publication } from '@cometkit/core';
import { ask } from '../authorize.ts';
import { sameText } from '../credentials.ts';
import { refuseAs } from '../error-response.ts';
import type { HandlerContext } from '../handler-context.ts';
import { answerHeaders } from '../headers.ts';
import type { FiniteResponse, HttpRequest, HttpResponse } from '../http.ts';
import type { RequestState } from '../request-state.ts';
import { readEvents } from './events.ts';
import type { OutsideEvent, PublishEndpointOptions } from './options.ts';
import { PublishKeys } from './publish-keys.ts';

const defaults = { maxBodyBytes: 1_048_576, maxBatch: 1000 };
const keysOf = new WeakMap<Hub, PublishKeys>();

/** Returns whether a POST asks to publish from outside: its query is `publish`. */
export function isOutside({ query }: HttpRequest): boolean {
  return /^publish(?:[=&]|$)/.test(query);
}

/**
 * Publishes what a program of another process or language asks for, and answers when it is accepted.
 *
 * @throws {CometError} `not-authorized` — the endpoint is off, or the hook refused; and as {@link readEvents} does.
 */
export async function publishOutside(state: RequestState): Promise<HttpResponse> {
  const { handler, request } = state;
  const options = handler.settings.publishEndpoint;
  state.format = ndjsonFormat;
  if (options === undefined)
    throw refused('publishing by HTTP is off: the option publishEndpoint turns it on');
  if (!showsKey(request, options.key))
    return refuseAs(state, refused('no Authorization header with a key that counts'), 401, {
      'www-authenticate': 'Bearer',
    });
  const { maxBodyBytes = defaults.maxBodyBytes, maxBatch = defaults.maxBatch } = options;
  const body = await request.readBody(maxBodyBytes);
  const events = readEvents(body, { hub: handler.hub, matching: handler.settings.matching, maxBatch });
  for (const event of events) await askAbout(handler, request, options, event);
  const key = request.header('idempotency-key');
  const text = key === undefined ? '' : JSON.stringify(events);
  return answer(state, await publishKeys(handler).once(key, text, () => publishAll(handler, events)));
}

// All keys are compared, whatever the first says, so that the time tells nothing.
function showsKey(request: HttpRequest, key: PublishEndpointOptions['key']): boolean {
  if (key === undefined) return true;
  const shown = /^bearer +(\S+) *$/i.exec(request.header('authorization') ?? '')?.[1] ?? '';
  return [key].flat().filter((one) => sameText(shown, one)).length > 0;
}

async function askAbout(
  handler: HandlerContext,
  request: HttpRequest,
  { allow }: PublishEndpointOptions,
  event: OutsideEvent,
): Promise<void> {
  if (allow === undefined) return;
  const { hookTimeoutMs, runtime } = handler.settings;
  const onError = (error: unknown, where: string): void => handler.report(error, where);
  const how = { what: 'publishing', hookTimeoutMs, later: runtime.later, onError };
  await ask(allow, { ...event, request }, how);
}

function publishKeys({ hub, settings }: HandlerContext): PublishKeys {
  const keys = keysOf.get(hub) ?? new PublishKeys(() => settings.runtime.now());
  keysOf.set(hub, keys);
  return keys;
}

// Everything is given to the log in one turn, so that it stands there together.
async function publishAll(handler: HandlerContext, events: readonly OutsideEvent[]): Promise<string> {
  if (handler.hub.closed) throw closed();
  const published = events.map((event) => publish(handler, event));
  const accepted = await Promise.all(published.map((each) => each?.accepted()));
  const cursors = accepted.map((event) => event?.cursor ?? null);
  return `${JSON.stringify({ cursor: cursors.findLast((each) => each !== null) ?? null, cursors })}\n`;
}

function publish({ hub, settings }: HandlerContext, event: OutsideEvent): Publication | undefined {
  const { subject, data, name, to, principal } = event;
  const options = { name, matching: settings.matching };
  if (to !== undefined) return hub.send(to, subject, data, options);
  if (principal !== undefined) return hub.sendToPrincipal(principal, subject, data, options);
  return hub.publish(subject, data, options);
}

function answer({ cors }: RequestState, body: string): FiniteResponse {
  return { status: 200, headers: answerHeaders('application/json', cors), body };
}

function closed(): CometError {
  return new CometError('hub-closed', 'the server is shutting down', {});
}

function refused(reason: string): CometError {
  return new CometError('not-authorized', reason, { reason });
}
