import type { CometEvent, Hub, JsonValue, Session } from '@cometkit/core';
import { CometError } from '@cometkit/core';
import { checkOptions, count, having, type RulesOf } from '@cometkit/core/check-options';
import { systemRuntime } from '../runtime.ts';
import { attempt, carryOut } from './carry-out.ts';
import { answerSubject, type ClientRequestOptions, ClientRequests } from './client-requests.ts';
import { type AsyncApi, describeSubjects, type SubjectsInfo } from './describe-subjects.ts';
import { type Asked, askedOf, type Heard } from './message.ts';
import type { ProduceStream, ServerStream, StreamOptions } from './produced-stream.ts';
import { type Answer, RunningRequests } from './running-requests.ts';
import { checkOwnPublishes, inProduction, Schemas } from './schemas.ts';
import { type Produce, Source } from './source.ts';
import type { StandardSchema } from './standard-schema.ts';
import { Streams } from './streams.ts';
import type { Surroundings } from './surroundings.ts';
import { SubjectTemplate } from './template.ts';

/** How requests are handled. */
export interface HandleOptions {
  /** How long the handler may take, in milliseconds. After that its client is told `timeout`. @defaultValue 30 000 ms */
  readonly timeoutMs?: number | undefined;
}

const clientRequestRules: RulesOf<ClientRequestOptions> = {
  timeoutMs: count,
  signal: having('addEventListener'),
};
const handleRules: RulesOf<HandleOptions> = { timeoutMs: count };
// As long as a client waits. Timers of platforms end at once beyond the second.
const usualMs = 30_000;
const longestMs = 2 ** 31 - 1;

interface Route<Call> {
  readonly template: SubjectTemplate;
  readonly call: Call;
  /** How long the call may take, in milliseconds. */
  readonly limitMs: number;
}
/** Who answers a subject. */
interface Found<Call> extends Omit<Route<Call>, 'template'> {
  readonly template: { readonly text: string };
  readonly params: Readonly<Record<string, string>>;
}
type Listener = (message: Heard) => unknown;
type Handle = (message: Asked) => unknown;

/** The server's side of the conversation, one for each hub: it listens, answers, and produces while somebody listens. */
export class Talk {
  readonly #hub: Hub;
  readonly #listeners = new Set<Route<Listener>>();
  readonly #handlers = new Set<Route<Handle>>();
  readonly #streams: Streams;
  readonly #running: RunningRequests;
  #toClients: ClientRequests | undefined = undefined;
  /** @internal Undefined until a subject has one, so that they cost nothing where there are none. */
  schemas: Schemas | undefined = undefined;
  /** @internal Those of the newest handler of the hub; without one nobody gets what is thrown. */
  surroundings: Surroundings = { ...systemRuntime(), report: () => undefined };

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#running = new RunningRequests(hub);
    this.#streams = new Streams(hub, () => this.surroundings);
    // What another node has asked may be answered here.
    if (hub.cluster !== undefined) this.#toClients = this.#answers();
  }

  /**
   * Calls a listener for each message that clients publish to subjects of a template, after everybody was sent it.
   *
   * A message that is sent twice by its client is heard once. What the listener throws goes to `onError`.
   *
   * @returns a function that ends it.
   * @throws {TypeError} the template is no path.
   */
  on<const Template extends string>(
    template: Template,
    listener: (message: Heard<Template>) => unknown,
  ): () => void {
    return add(this.#listeners, template, listener as unknown as Listener);
  }

  /**
   * Answers the requests of clients to subjects of a template: what the handler returns, or resolves with, is the answer.
   *
   * Each request is carried out at most once, also when its client has to send it again. The handler is the guard: no hook is
   * asked. It refuses with a `RequestError`. Where several templates fit, the first one answers.
   *
   * @returns a function that ends it.
   * @throws {TypeError} the template is no path, or the subjects that it stands for have a handler; an option is unknown or wrong.
   */
  handle<const Template extends string>(
    template: Template,
    handler: (message: Asked<Template>) => unknown,
    options: HandleOptions = {},
  ): () => void {
    checkOptions(options, handleRules);
    const { shape } = new SubjectTemplate(template);
    for (const known of this.#handlers)
      if (known.template.shape === shape) throw new TypeError(`requests to ${template} have a handler`);
    return add(this.#handlers, template, handler as unknown as Handle, options);
  }

  /**
   * Publishes what an iteration yields, for each subject of a template as long as somebody listens: it starts with the first
   * subscription that names the subject, and its signal is aborted after the last session that it reaches has left.
   *
   * A pattern with wildcards gets what runs, and starts nothing: it names no subject.
   *
   * @returns a function that ends it.
   * @throws {TypeError} the template is no path.
   */
  source<const Template extends string>(template: Template, produce: Produce<Template>): () => void {
    const source = new Source(
      this.#hub,
      new SubjectTemplate(template),
      produce as unknown as Produce,
      () => this.surroundings,
    );
    return () => source.end();
  }

  /**
   * Sends what an iteration yields to whoever reads the stream of a subject, numbered and to its end: tokens of a language model, the
   * progress of a job. It starts at once; who comes later, or comes back, gets all of it, until it has ended and its time is over.
   *
   * Who may read it is who may subscribe to the subject. Requests to the subject are the stream's until then. In a cluster it runs at this
   * node, and is read at any.
   *
   * @param produce - what to iterate over, or a function that makes it.
   * @throws {TypeError} an option is unknown or wrong.
   * @throws {CometError} `invalid-subject`; `too-busy` — a stream of the subject still runs.
   */
  stream(subject: string, produce: ProduceStream, options: StreamOptions = {}): ServerStream {
    return this.#streams.start(subject, produce, options);
  }

  /**
   * Asks the client of a session, which answers by `handle` of `@cometkit/client/handle`. It is carried out once at most, over any transport.
   *
   * @param session - or its public id; in a cluster that of a session which any node has.
   * @returns what the client's handler returned, as JSON carries it.
   * @throws {RequestError} `no-handler`, `failed`, or the code of the client's refusal; `timeout`; `unconfirmed` — the session has ended, or the
   *   question may be among what was lost: it may have been carried out.
   * @throws {CometError} `invalid-data`, `event-too-large`; `too-busy` — 64 requests to the session wait.
   * @throws {TypeError} an option is unknown or wrong, or `session` is neither.
   */
  async request(
    session: Session | string,
    subject: string,
    data: unknown,
    options: ClientRequestOptions = {},
  ): Promise<JsonValue> {
    checkOptions(options, clientRequestRules);
    if (typeof (typeof session === 'string' ? session : session?.id) !== 'string')
      throw new TypeError('the first argument must be a session or its id');
    this.#toClients ??= this.#answers();
    return this.#toClients.ask(session, subject, data, options);
  }

  #answers(): ClientRequests {
    const { randomId } = systemRuntime();
    const requests = new ClientRequests({ hub: this.#hub, randomId, surroundings: () => this.surroundings });
    this.handle(answerSubject, ({ session, data }) => requests.answered(session, data));
    return requests;
  }

  /**
   * Gives the subjects of a template a Standard Schema: Zod, Valibot and ArkType make them. What clients publish to them, or ask of them, is
   * checked before any hook sees it, and what the schema makes of it is what everybody gets. What the server publishes is checked while
   * `NODE_ENV` is not `production`, and left as it is.
   *
   * @returns a function that takes it away.
   * @throws {TypeError} the template is no path, its subjects have a schema, or what is given is none.
   */
  schema(template: string, schema: StandardSchema): () => void {
    if (this.schemas === undefined) {
      this.schemas = new Schemas();
      if (!inProduction()) checkOwnPublishes(this.#hub, this.schemas);
    }
    return this.schemas.add(template, schema);
  }

  /**
   * Describes the subjects that have a schema, as a document of AsyncAPI 3.
   *
   * @remarks The JSON Schema of the data is what the schema itself writes, if it can.
   */
  describeSubjects(info: SubjectsInfo = {}): AsyncApi {
    return describeSubjects(this.schemas?.all ?? [], info);
  }

  /** Calls the listeners of a message that has just been published. */
  heard(event: CometEvent, session: Session): void {
    const { subject, data } = event;
    for (const { template, call } of this.#listeners) {
      const params = template.paramsOf(subject);
      if (params === undefined) continue;
      const publish: Heard['publish'] = (to, given, options) => this.#hub.publish(to, given, options);
      const where = `a listener of ${template.text}`;
      attempt(
        () => call({ subject, params, data, session, event, publish }),
        (error) => this.surroundings.report(error, where),
      );
    }
  }

  /** Returns whether a request is known: it runs, or has its answer. */
  knows(session: Session, messageId: string): boolean {
    return this.#running.knows(session, messageId);
  }

  /**
   * Makes sure that another request of a session may run.
   *
   * @throws {CometError} `too-busy` — too many requests of the session run.
   */
  checkRoom(session: Session): void {
    this.#running.check(session);
  }

  /**
   * Carries out a request. The answer is sent to the session when there is one.
   *
   * @throws {CometError} `no-handler`; `too-busy` — too many requests of the session run.
   */
  asked(
    session: Session,
    messageId: string,
    message: { readonly subject: string; readonly data: JsonValue },
  ): void {
    const { subject } = message;
    const route = this.#answererOf(message, session);
    if (route === undefined)
      throw new CometError('no-handler', 'nothing answers requests to this subject', {});
    const { call, params, template, limitMs } = route;
    const abort = this.#running.begin(session, messageId);
    const asked = askedOf({ ...message, params, session }, abort);
    const run = {
      call: () => call(asked),
      abort,
      limitMs,
      where: `a handler of ${template.text}`,
      answer: (answer: Answer) => this.#running.end(session, messageId, subject, answer),
    };
    carryOut(run, this.surroundings);
  }

  #answererOf(message: Pick<Asked, 'subject' | 'data'>, session: Session): Found<Handle> | undefined {
    const handler = firstOf(this.#handlers, message.subject);
    const call = this.#streams.answering(message, session, handler?.call);
    if (call === undefined) return handler;
    return { params: {}, limitMs: usualMs, ...handler, template: { text: 'a stream' }, call };
  }
}

const key = Symbol.for('@cometkit/handler/talk@1');

/** The conversation of a hub: `on`, `handle`, `source` and `stream`, for what has no `comet()`. One per process rather than per module, as bundlers give parts of an application their own. */
export function talkOf(hub: Hub): Talk {
  const shared = globalThis as { [key]?: WeakMap<Hub, Talk> };
  shared[key] ??= new WeakMap();
  const known = shared[key].get(hub);
  if (known !== undefined) return known;
  const talk = new Talk(hub);
  shared[key].set(hub, talk);
  return talk;
}

function add<Call>(
  routes: Set<Route<Call>>,
  text: string,
  call: Call,
  { timeoutMs = usualMs }: HandleOptions = {},
): () => void {
  const template = new SubjectTemplate(text);
  if (typeof call !== 'function') throw new TypeError(`what ${text} calls must be a function`);
  const route = { template, call, limitMs: Math.min(timeoutMs, longestMs) };
  routes.add(route);
  return () => void routes.delete(route);
}

function firstOf<Call>(routes: Iterable<Route<Call>>, subject: string): Found<Call> | undefined {
  for (const route of routes) {
    const params = route.template.paramsOf(subject);
    if (params !== undefined) return { ...route, params };
  }
  return undefined;
}
