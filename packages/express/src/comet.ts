import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkOptions, nested, type RulesOf, suchAs } from '@cometkit/core/check-options';
import {
  type AnySubjects,
  type AttachOptions,
  type CloseOptions,
  type CometEvent,
  createHub,
  createNodeHandler,
  type HandlerOptions,
  type Hub,
  type HubOptions,
  type NodeHandler,
  type Publication,
} from '@cometkit/node';
import {
  type ClusterHubOptions,
  type Handler,
  handlerRules,
  hubRules,
  type RequestAttachment,
  type RequestServer,
  type SubjectMap,
  splitUrl,
  type Talk,
  talkOf,
  type UnknownSubjects,
} from '@cometkit/node/adapter';
import type { Request } from 'express';

/** What `app.use` takes, in Express 4 and 5 and in Connect. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * How the mount answers, and the hub behind it: one that exists, or the options of a new one.
 *
 * Hooks get Express's request as `request.native`, with what middleware has put on it. Over WebSocket and in front of the app it
 * is Node's request, behind the push server a socket: nothing of Express is on those.
 */
export interface CometOptions<Subjects = UnknownSubjects> extends HandlerOptions<Request> {
  readonly hub?: Hub<Subjects> | HubOptions;
}

/** Options of a mount whose hub is one of many nodes. */
interface CometClusterOptions extends HandlerOptions<Request> {
  /** The limits of the hub. */
  readonly hub?: HubOptions;
  /** The engine that the nodes share: what `redisCluster()` or `natsCluster()` gives. */
  readonly cluster: ClusterHubOptions['cluster'];
}

/** A middleware that can be put in front of the app, too. */
export interface Mount extends Middleware {
  /**
   * Takes the requests for one path from a server before Express sees them: with the same hooks and guards, at a fraction of
   * the cost, and without the app's middleware, but for what `use` names. The mount in the app stays as it is.
   *
   * @param server - the server that the app listens on, as `app.listen()` returns it.
   * @param options - `path` is that of the mount as clients ask for it.
   * @throws TypeError — an option is unknown or of the wrong type, the server is none, or the path is attached already.
   */
  attach(server: RequestServer, options?: AttachOptions): RequestAttachment;
}

/** Push for an Express app: the middleware itself, with the verbs of its hub. */
export interface Comet<Subjects = UnknownSubjects, Published extends Publication = CometEvent>
  extends Mount,
    Pick<Hub<Subjects, Published>, 'publish' | 'send' | 'sendToPrincipal' | 'broadcast'>,
    Pick<Talk, 'on' | 'handle' | 'source' | 'stream' | 'request' | 'schema' | 'describeSubjects'> {
  readonly hub: Hub<Subjects, Published>;
  /** What the mount serves from: other servers (WebSocket, TCP, UDP) can be put on the same one, with the same hooks. */
  readonly handler: Handler;
  /**
   * The same hub at another path.
   *
   * @param own - options that differ there. All others are those given to `comet`, hooks and limits included, except
   *   `publicPath`; of `authorize` each hook on its own. To open what `comet` guards, say so: `authorize: { join: true }`.
   */
  mount(own?: HandlerOptions<Request>): Mount;
  /** Whether new clients are welcome, for the readiness check of a balancer: false once it drains or is closed. */
  ready(): boolean;
  /**
   * Ends every channel and closes the hub; resolves when all answers have left, and it is attached to no server any more. The
   * server is yours to close.
   *
   * @param options - with `drainMs`, clients are first sent elsewhere, a few at a time.
   * @throws RangeError, TypeError — an option is out of its range or not known.
   */
  close(options?: CloseOptions): Promise<void>;
}

const aHub = suchAs('a hub', (value) => typeof value === 'object' && value !== null && 'publish' in value);
const { cluster: engineRule, ...limitRules } = hubRules;
const rules: RulesOf<CometOptions & CometClusterOptions> = {
  ...handlerRules,
  hub: nested(limitRules, { or: aHub }),
  cluster: engineRule,
};

/**
 * Makes push for an Express app. It answers at the path that it is mounted at and leaves everything below to `next`.
 *
 * @example
 * ```ts
 * import { comet } from '@cometkit/express';
 * import express from 'express';
 *
 * const push = comet();
 * const app = express();
 * app.use('/push', push);
 * app.post('/orders', (request, response) => {
 *   push.publish('/orders', { id: 7 });
 *   response.sendStatus(202);
 * });
 * app.listen(3000);
 * ```
 *
 * @typeParam Subjects - which data goes with which subject, such as `{ '/orders/:id': Order }`; clients take the same type.
 * @throws RangeError, TypeError — an option is out of its range.
 */
export function comet<Subjects extends SubjectMap = AnySubjects>(
  options: CometClusterOptions,
): Comet<Subjects, Publication>;
/**
 * Makes push for an Express app whose hub is alone: see above.
 *
 * @typeParam Subjects - which data goes with which subject, such as `{ '/orders/:id': Order }`; clients take the same type.
 * @throws RangeError, TypeError — an option is out of its range.
 */
export function comet<Subjects extends SubjectMap = AnySubjects>(
  options?: CometOptions<Subjects>,
): Comet<Subjects>;
export function comet<Subjects extends SubjectMap = AnySubjects>(
  options: CometOptions<Subjects> | CometClusterOptions = {},
): Comet<Subjects> {
  checkNoMixUp(options);
  checkOptions(options, rules);
  const { hub: given, cluster, ...rest } = { cluster: undefined, ...options };
  const hub = isHub<Subjects>(given) ? given : hubWith<Subjects>({ cluster, ...given }, rest);
  const closers: NodeHandler['close'][] = [];
  const serve = (own: HandlerOptions<Request>): NodeHandler<Subjects> => {
    const handler = createNodeHandler(hub, own);
    closers.push(handler.close);
    return handler;
  };
  const main = serve(rest);
  const talk = talkOf(hub);
  const middleware = atRoot(main);
  return Object.assign(middleware, {
    hub,
    on: talk.on.bind(talk),
    handle: handleOf(talk, middleware),
    source: talk.source.bind(talk),
    stream: talk.stream.bind(talk),
    request: talk.request.bind(talk),
    schema: talk.schema.bind(talk),
    describeSubjects: talk.describeSubjects.bind(talk),
    handler: main.handler,
    mount: (own: HandlerOptions<Request> = {}) => atRoot(serve(inherit(rest, own))),
    publish: hub.publish.bind(hub),
    send: hub.send.bind(hub),
    sendToPrincipal: hub.sendToPrincipal.bind(hub),
    broadcast: hub.broadcast.bind(hub),
    ready: () => main.ready(),
    close: async (given?: CloseOptions) => void (await Promise.all(closers.map((close) => close(given)))),
  });
}

function hubWith<Subjects extends SubjectMap>(
  { cluster, ...limits }: HubOptions & { readonly cluster?: ClusterHubOptions['cluster'] | undefined },
  { logger }: HandlerOptions<Request>,
): Hub<Subjects> {
  const options = { ...(logger !== undefined && { logger }), ...limits };
  // What a publish gives is the caller's affair.
  return cluster === undefined
    ? createHub<Subjects>(options)
    : (createHub<Subjects>({ ...options, cluster }) as Hub<Subjects>);
}

// Both would pass for options, or be told in words about options that nobody has given.
function checkNoMixUp(options: object | null): void {
  const { publish, stats, pipe } = (options ?? {}) as Record<string, unknown>;
  const { hub, cluster } = (options ?? {}) as Record<string, unknown>;
  if (cluster !== undefined && aHub.test(hub))
    throw new TypeError(
      'option `cluster` comes with the limits of a hub: createHub({ cluster }) makes the hub itself one of many',
    );
  if (typeof publish === 'function' && typeof stats === 'function')
    throw new TypeError('the options are a hub: write comet({ hub })');
  if (typeof pipe === 'function')
    throw new TypeError("comet makes the middleware when it is called: app.use('/push', comet())");
}

// What is given as undefined is not given, and so opens nothing.
function inherit(from: HandlerOptions<Request>, own: HandlerOptions<Request>): HandlerOptions<Request> {
  checkOptions(own, handlerRules);
  const { publicPath: _other, ...rest } = from;
  return { ...rest, ...given(own), authorize: { ...from.authorize, ...given(own.authorize ?? {}) } };
}

function given<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function atRoot(handler: Pick<NodeHandler, 'attach'> & Middleware): Mount {
  const middleware: Middleware = (request, response, next) =>
    isRoot(request) || isRouted(request, middleware) ? handler(request, response, next) : next();
  return Object.assign(middleware, { attach: handler.attach });
}

// Connect takes a function with a `handle` for an app, and calls that for every request.
function handleOf(talk: Talk, middleware: Middleware): Talk['handle'] {
  const handle = (...given: Parameters<Talk['handle']> | Parameters<Middleware>): unknown =>
    isExchange(given) ? middleware(...given) : talk.handle(...given);
  return handle as Talk['handle'];
}

function isExchange(given: readonly unknown[]): given is Parameters<Middleware> {
  const [first] = given;
  return typeof first === 'object' && first !== null && 'headers' in first;
}

function isHub<Subjects>(given: Hub<Subjects> | HubOptions | undefined): given is Hub<Subjects> {
  return given !== undefined && 'publish' in given;
}

// Express and Connect have taken the mount path away.
function isRoot({ url = '' }: IncomingMessage): boolean {
  return splitUrl(url).path === '/';
}

/** A request that a route of Express has taken, as `app.get('/push', push)` makes one: it keeps its path. */
interface RoutedRequest extends IncomingMessage {
  readonly route?: { readonly path?: unknown; readonly stack?: readonly { readonly handle?: unknown }[] };
}

// A route that a request passed before it came here is still on it: only one that holds us, or names just this path as a
// route with a function around us does, has brought it.
function isRouted({ route, url = '' }: RoutedRequest, middleware: Middleware): boolean {
  if (route === undefined) return false;
  if (route.stack?.some(({ handle }) => handle === middleware) === true) return true;
  const paths = [route.path].flat().map((path) => String(path).toLowerCase());
  return paths.includes(splitUrl(url).path.toLowerCase());
}
