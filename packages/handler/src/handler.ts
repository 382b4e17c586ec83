import { withCursors } from '@cometkit/codec';
import { CometError, type Hub, type Session } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { acknowledge } from './acknowledge.ts';
import { isPromise } from './authorize.ts';
import { allowed, head, preflight } from './bodiless.ts';
import { readFields } from './body.ts';
import type { Call, SessionCall } from './call.ts';
import { clusterNodeOf } from './cluster/cluster-node.ts';
import { executeWhereItIs } from './cluster/moved.ts';
import { type Address, addressOf, type Command, isJoin, parseCommand } from './command.ts';
import { batch, named } from './commands/batch.ts';
import { sessionCommands } from './commands/index.ts';
import { join } from './commands/join.ts';
import { joinListen } from './commands/join-listen.ts';
import { repeatAnswer, wasAccepted } from './commands/repeat-answer.ts';
import { ConnectionGroup, type Connections, type ConnectionsOptions } from './connections/group.ts';
import { admitPeer, type Peer } from './connections/peer.ts';
import { checkOrigin } from './cors.ts';
import { proves } from './credentials.ts';
import type { RequestInput } from './dialects/dialect.ts';
import { dialectOf, dialectOfBody } from './dialects/index.ts';
import { help } from './dialects/modern/help.ts';
import { type CloseOptions, drain, isReady, stopDraining } from './drain.ts';
import { refuseAs } from './error-response.ts';
import { expires } from './expiry.ts';
import { HandlerContext } from './handler-context.ts';
import type { HttpRequest, HttpResponse, PendingResponse, Responder } from './http.ts';
import type { HandlerOptions } from './options.ts';
import { isOutside, publishOutside } from './outside/publish-outside.ts';
import { parseFields } from './query.ts';
import { reauthorizes } from './reauthorize.ts';
import { refuse } from './refuse.ts';
import { type RawRequest, textOf } from './request-fields.ts';
import { RequestState } from './request-state.ts';
import { asSameUser } from './same-user.ts';
import { contextOf } from './session-context.ts';
import { resolveHandlerOptions } from './settings.ts';
import { turnAway } from './turn-away.ts';
import type { Turns } from './turns.ts';
import { unknownSession } from './unknown-session.ts';

/** The seam between adapters and a hub: HTTP-shaped values in, HTTP-shaped values out. */
export interface Handler {
  readonly hub: Hub;
  /** Divides the work of each turn among connections. */
  readonly turns: Turns;
  /**
   * Answers one request, once and whatever goes wrong: at once where no hook or body is waited for, and a held poll without
   * keeping more of it than the answer takes.
   */
  serve(request: HttpRequest, to: Responder): void;
  /**
   * Answers a request like {@link Handler.serve}, in a later turn when those of this one have taken long.
   *
   * @returns a promise that never rejects.
   */
  handle(request: HttpRequest): Promise<HttpResponse>;
  /** Answers a request that something in front has failed on, middleware say: with the error's status, or 500. */
  refuse(request: HttpRequest, error: unknown, to: Responder): void;
  /**
   * Serves connections of messages, on which the same commands come in and the same events go out.
   *
   * @throws RangeError — a deadline is not a positive integer.
   */
  connections(options: ConnectionsOptions): Connections;
  /**
   * Checks whether an HTTP request may become such a connection.
   *
   * @returns the peer as hooks will see it, or undefined if it is refused.
   */
  admit(peer: Peer): Peer | undefined;
  /** Tells `onError` of what an adapter could not do. */
  report(error: unknown, where: string): void;
  /** Whether new clients are welcome, for the readiness check of a balancer: false once it drains or is closed. */
  ready(): boolean;
  /**
   * Sends the clients of the hub elsewhere: it is not ready any more, waits for the balancer, then tells streams and held polls to
   * move, in random order. Who comes back is served as before.
   *
   * @returns resolves when all have been told; at once without options, and when `close()` is called meanwhile.
   * @throws RangeError, TypeError — an option is out of its range or not known.
   */
  drain(options: CloseOptions): Promise<void>;
  /**
   * Drains, if an option says so, writes what still waits, closes the hub, and resolves when every answer has left or the grace is
   * over. Without options it closes at once, also while it drains.
   *
   * @throws RangeError, TypeError — an option is out of its range or not known.
   */
  close(options?: CloseOptions): Promise<void>;
}

type Answer = HttpResponse | PendingResponse;

/**
 * Makes the handler of one endpoint. Several may share a hub.
 *
 * @throws RangeError, TypeError — an option is out of its range.
 */
export function createHandler<Native = unknown>(
  given: ClusterHub,
  options: HandlerOptions<Native> = {},
): Handler {
  // Wherever it matters, what a publish gives is taken for something to wait for.
  const hub = given as Hub;
  if (typeof (hub as Partial<Hub> | undefined)?.session !== 'function')
    throw new TypeError('the first argument must be a hub, as createHub() makes it');
  const handler = new HandlerContext(hub, resolveHandlerOptions(options as HandlerOptions));
  if (handler.settings.matching === 'prefix') hub.admitPlainSubjects();
  expires(handler);
  reauthorizes(handler);
  // Before the first letter from another node can come.
  clusterNodeOf(handler);
  return {
    hub,
    turns: handler.turns,
    serve: (request, to) => serve(handler, request, to),
    handle: (request) =>
      new Promise((answer) => handler.turns.admit(() => serve(handler, request, { answer }))),
    refuse: (request, error, to) => to.answer(turnAway(handler, request, error)),
    connections: (given) => new ConnectionGroup(handler, execute, given),
    admit: (peer) => admitPeer(peer, handler.originRules),
    report: (error, where) => handler.report(error, where),
    ready: () => isReady(hub),
    drain: (given) => drain(handler, given),
    close: (given) => {
      // What closes at once does so within the call.
      if (given !== undefined) return drain(handler, given).then(() => handler.close());
      stopDraining(hub);
      return handler.close();
    },
  };
}

function serve(handler: HandlerContext, request: HttpRequest, to: Responder): void {
  const state = new RequestState(handler, request);
  const answer = attempt(state);
  if (isPromise(answer)) {
    void answer
      .catch((error) => refuse(state, error))
      .then((said) => give(said, to))
      .catch((error) => handler.report(error, 'an adapter'));
  } else give(answer, to);
}

function attempt(state: RequestState): Answer | Promise<Answer> {
  try {
    return route(state);
  } catch (error) {
    return refuse(state, error);
  }
}

function give(answer: Answer, to: Responder): void {
  if ('hold' in answer) answer.hold(to);
  else to.answer(answer);
}

function route(state: RequestState): Answer | Promise<Answer> {
  const { request, handler } = state;
  const { settings } = handler;
  state.cors = checkOrigin(request, handler.originRules);
  if (request.method === 'HEAD') return head(state);
  if (request.method === 'GET') {
    if (request.query.length > settings.maxQueryLength) {
      return refuseAs(state, tooLong(settings.maxQueryLength), 414);
    }
    if (hasBody(request)) throw new CometError('malformed-request', 'a GET has no body', { reason: 'body' });
    const fields = parseFields(request.query, 'bytes', settings);
    return execute(state, read(state, { fields, structured: false, source: 'query' }));
  }
  if (request.method === 'POST' && isOutside(request)) return publishOutside(state);
  if (request.method === 'POST') {
    const type = request.header('content-type') ?? '';
    const body = request.readBody(settings.maxBodyBytes);
    return body.then((given) => {
      state.format = dialectOfBody(given)?.defaultFormat(settings.format) ?? state.format;
      return execute(state, read(state, readFields(given, type, settings)));
    });
  }
  if (request.method === 'OPTIONS') return preflight(state);
  const refusal = new CometError('malformed-request', 'the method is not allowed', { reason: 'method' });
  return refuseAs(state, refusal, 405, { allow: allowed });
}

function read(state: RequestState, raw: RawRequest): RequestInput {
  const dialect = dialectOf(raw);
  state.format = dialect.defaultFormat(state.handler.settings.format);
  return dialect.read(raw, state.request);
}

function execute(state: RequestState, input: RequestInput): Answer | Promise<Answer> {
  const { handler, request, carrier } = state;
  const { dialect } = input;
  // The format `ser` (Java objects) exists in the original protocol, so its client gets an explanation in an answer of
  // the protocol.
  state.addressed = input.fields.get('format') === 'ser';
  const asked = carrier?.format ?? dialect.formatOf(input, request);
  state.format = asked ?? state.format;
  if (state.addressed)
    throw new CometError('invalid-field', 'p_format ser is not served', { field: 'p_format', reason: 'ser' });
  if (request.method === 'GET' && textOf(input, 'type') === undefined && dialect.name === 'modern')
    return help(state);
  const address = addressOf(input, asked);
  state.verb = address.verb;
  if (handler.hub.closed) throw new CometError('hub-closed', 'the server is shutting down', {});
  const node = clusterNodeOf(handler);
  if (!isJoin(address.verb)) {
    if (node === undefined) return executeForSession(state, input, address);
    const held = () => handler.hub.session(address.id ?? '');
    const prepare = () => node.arrivals.prepare(state, input, address);
    const execute = () => executeForSession(state, input, address);
    return executeWhereItIs(state, { held, prepare, execute });
  }
  state.addressed = true;
  const waiting = node?.arrivals.ready();
  return waiting === undefined
    ? executeJoin(state, input, address)
    : waiting.then(() => executeJoin(state, input, address));
}

function executeJoin(
  { handler, request, format, cors, carrier }: RequestState,
  input: RequestInput,
  address: Address,
): Answer | Promise<Answer> {
  const command = parseCommand(input, address);
  const call: Call = { handler, request, command, format, cors, carrier };
  return command.verb === 'join' ? join(call) : joinListen(call);
}

function executeForSession(
  state: RequestState,
  input: RequestInput,
  address: Address,
): Answer | Promise<Answer> {
  const { handler, request, cors, carrier } = state;
  if (address.id === undefined) {
    const field = input.dialect.nameOf('session');
    throw new CometError('missing-field', `no ${field} specified`, { field });
  }
  const session = handler.hub.session(address.id) ?? endedPublisher(state, input, address.id);
  const context = session === undefined ? undefined : contextOf(session);
  // Unknown, expired and not yours: one answer for all of them, or ids could be found out.
  if (
    session === undefined ||
    context === undefined ||
    (state.proven !== session && !proves(request, address.key, session, context.binding))
  ) {
    throw unknownSession(handler.hub, address.id);
  }
  const asked = address.format ?? context.format;
  // A client that joined in a format with cursors keeps its place, whatever it reads.
  state.format = context.format.cursors ? withCursors(asked) : asked;
  state.session = session;
  state.addressed = true;
  if (!session.closed) handler.hub.renewLease(session);
  context.stream?.heard();
  clusterNodeOf(handler)?.heard(session);
  const command = parseCommand(input, address);
  const { format, place } = state;
  const call: SessionCall = { handler, request, command, format, cors, carrier, session, place };
  const commands = context.commands(handler.settings.maxPendingCommands);
  return commands.run(() => asSameUser(call, () => perform(call, command)));
}

function endedPublisher(
  { handler, verb }: RequestState,
  input: RequestInput,
  id: string,
): Session | undefined {
  const session = handler.endedPublishers.find(id);
  if (session === undefined) return undefined;
  return named(verb, input).some((one) => wasAccepted(handler, session, one)) ? session : undefined;
}

function perform(call: SessionCall, command: Command): Answer | Promise<Answer> {
  const { verb } = command;
  if (call.session.closed) return verb === 'batch' ? batch(call) : repeatAnswer(call);
  if (verb === 'join' || verb === 'join-listen') throw new CometError('unknown-command', 'not a command', {});
  acknowledge(call);
  return sessionCommands[verb](call);
}

// Some servers read what follows a GET as its body and others as the next request (request smuggling), so it is
// refused.
function hasBody(request: HttpRequest): boolean {
  return (
    request.header('transfer-encoding') !== undefined || (request.header('content-length') ?? '0') !== '0'
  );
}

function tooLong(limit: number): CometError {
  return new CometError('malformed-request', `the query is longer than ${limit} characters`, {
    reason: 'query',
    option: 'maxQueryLength',
    limit,
  });
}
