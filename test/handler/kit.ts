import { classicFields } from '@cometkit/codec';
import { createPureHub, type Hub, type HubOptions } from '@cometkit/core';
import { createHandler, type Handler, type HandlerOptions, type HttpResponse } from '@cometkit/handler';
import {
  type ManualRuntime,
  MemoryOutlet,
  MemoryRequest,
  type MemoryRequestOptions,
  manualRuntime,
} from '@cometkit/testkit';

/** An answer as a test looks at it. A stream is open: its text grows. */
export interface Answer {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  readonly body: string;
  readonly request: MemoryRequest;
  /** Where a stream writes. */
  readonly outlet: MemoryOutlet;
}

/** The fields of a command. */
export type Fields = Readonly<Record<string, string>>;

/** A handler on a hub on which nothing happens by itself. */
export class Stage {
  readonly runtime: ManualRuntime = manualRuntime();
  readonly errors: unknown[] = [];
  readonly hub: Hub;
  readonly handler: Handler;

  constructor(options: HandlerOptions = {}, hubOptions: HubOptions = {}) {
    this.hub = createPureHub(this.runtime, hubOptions);
    const onError = (error: unknown) => this.errors.push(error);
    this.handler = createHandler(this.hub, { runtime: this.runtime, onError, ...options });
  }

  /** Sends a request. */
  readonly send = (options: MemoryRequestOptions): Promise<Answer> => this.give(new MemoryRequest(options));

  /** Sends a request that a test wants to keep hold of. */
  readonly give = async (request: MemoryRequest): Promise<Answer> => {
    const response = await this.handler.handle(request);
    const outlet = new MemoryOutlet();
    if ('open' in response) response.open(outlet);
    const body = 'open' in response ? outlet.text : String(response.body);
    if (!('open' in response)) request.finish();
    return { status: response.status, headers: response.headers, body, request, outlet };
  };

  /** Sends a command in the dialect of its format; one without a format is classic. */
  readonly get = (fields: Fields, options: MemoryRequestOptions = {}): Promise<Answer> =>
    this.send({ ...asRequest(fields), ...options });

  /** Ends the turn and lets what was resolved go on. */
  readonly turn = async (): Promise<void> => {
    this.runtime.turn();
    await new Promise((resolve) => setImmediate(resolve));
    this.runtime.turn();
  };

  /** Lets time pass, with a tick every 100 ms. */
  readonly advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      this.runtime.advance(Math.min(100, ms - passed));
      this.hub.tick();
    }
    await this.turn();
  };

  /** Joins a client. */
  readonly join = async (format = 'xml', options: MemoryRequestOptions = {}): Promise<Client> => {
    const before = new Set(this.hub.sessions());
    const answer = await this.get({ type: 'join', format }, options);
    const session = [...this.hub.sessions()].find((candidate) => !before.has(candidate));
    if (session === undefined) throw new Error(`no session was made: ${answer.body}`);
    return new Client(this, session.id, cookieOf(answer), format, options);
  };
}

/** A client that has joined, and shows what proves it. */
export class Client {
  readonly id: string;
  readonly cookie: string;
  readonly #stage: Stage;
  readonly #format: string;
  readonly #options: MemoryRequestOptions;

  constructor(stage: Stage, id: string, cookie: string, format: string, options: MemoryRequestOptions) {
    this.#stage = stage;
    this.id = id;
    this.cookie = cookie;
    this.#format = format;
    this.#options = options;
  }

  /** Sends a command of the session. */
  does(event: string, fields: Fields = {}): Promise<Answer> {
    return this.#stage.give(this.request(event, fields));
  }

  /** Makes the request of a command, not sent yet. */
  request(event: string, fields: Fields = {}): MemoryRequest {
    const format = fields['format'] ?? this.#format;
    const named = asRequest({ type: event, session: this.id, ...fields }, format);
    return new MemoryRequest({
      ...this.#options,
      ...named,
      headers: { ...named.headers, cookie: this.cookie },
    });
  }
}

const modernFormats: ReadonlySet<string> = new Set(['ndjson', 'sse']);
const byGet: ReadonlySet<string> = new Set(['join', 'join-listen', 'listen', 'refresh']);

/** True for a format of the modern dialect; `json` is taken for the classic one. */
export function isModern(format: string): boolean {
  return modernFormats.has(format);
}

/** What stands in every refusal that is written in a format. */
export function refusedIn(format: string): string {
  return isModern(format) ? '"code":"' : 'nack';
}

/**
 * Makes the request of a command whose fields have modern names.
 *
 * @param format - decides the dialect; in the classic one fields get the names of the original.
 */
export function asRequest(fields: Fields, format = fields['format'] ?? 'js'): MemoryRequestOptions {
  if (!isModern(format)) return { query: new URLSearchParams(classicFields(fields)).toString() };
  if (byGet.has(fields['type'] ?? 'join-listen'))
    return { query: new URLSearchParams({ format, ...fields }).toString() };
  return { body: JSON.stringify({ format, ...fields }), headers: { 'content-type': 'application/json' } };
}

/** Makes a stage. */
export function stage(options: HandlerOptions = {}, hubOptions: HubOptions = {}): Stage {
  return new Stage(options, hubOptions);
}

function cookieOf(answer: Answer): string {
  const header = answer.headers['set-cookie'];
  return typeof header === 'string' ? (header.split(';')[0] ?? '') : '';
}
