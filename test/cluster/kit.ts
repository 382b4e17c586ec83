import { createPureHub, type HubOptions, type Session } from '@cometkit/core';
import type { ClusterHub } from '@cometkit/core/cluster';
import { createHandler, type Handler, type HandlerOptions, type HttpResponse } from '@cometkit/handler';
import {
  type ManualRuntime,
  MemoryOutlet,
  MemoryRequest,
  type MemoryRequestOptions,
  manualRuntime,
} from '@cometkit/testkit';
import { noteEngine } from '../../packages/handler/src/cluster/engines.ts';
import { recordFromText, type SessionRecord } from '../../packages/handler/src/cluster/record.ts';
import { itemsOf, type Line, linesOf } from '../handler/delivery-kit.ts';
import { asRequest, type Fields, isModern } from '../handler/kit.ts';
import { MemoryEngine } from './memory-engine.ts';

/** What a test may set of the nodes of a cluster. */
export interface NodesOptions {
  readonly handler?: HandlerOptions;
  readonly hub?: HubOptions;
  readonly names?: readonly string[];
}

/** Nodes of one cluster over one engine in memory, in a time of their own. */
export class Nodes {
  readonly runtime: ManualRuntime = manualRuntime();
  readonly engine = new MemoryEngine();
  readonly errors: unknown[] = [];
  readonly nodes: Map<string, Node> = new Map();
  readonly #options: NodesOptions;

  constructor(options: NodesOptions) {
    this.#options = options;
  }

  /** Adds a node, which has read the log. */
  async add(
    name: string,
    more: HandlerOptions = {},
    secrets?: readonly [string, ...string[]],
  ): Promise<Node> {
    const node = this.addIdle(name, more, secrets);
    await node.hub.cluster?.start();
    return node;
  }

  /** Adds a node that has not started yet. */
  addIdle(name: string, more: HandlerOptions = {}, secrets?: readonly [string, ...string[]]): Node {
    const cluster = this.engine.open(name, secrets);
    const hub = createPureHub(this.runtime, this.#options.hub ?? {}, cluster);
    noteEngine(hub, cluster);
    const onError = (error: unknown): void => void this.errors.push(error);
    const options = {
      runtime: this.runtime,
      onError,
      joinRate: false as const,
      ...this.#options.handler,
      ...more,
    };
    const node = new Node(name, hub, createHandler(hub, options), this.runtime);
    this.nodes.set(name, node);
    return node;
  }

  node(name: string): Node {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no node ${name}`);
    return node;
  }

  /** Lets everything happen that needs no time. */
  async calm(): Promise<void> {
    for (let turn = 0; turn < 6; turn += 1) {
      this.runtime.turn();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 100) {
      this.runtime.advance(Math.min(100, left));
      for (const { hub } of this.nodes.values()) hub.tick();
      await this.calm();
    }
  }

  /** What the engine knows of a session. */
  record(id: string): SessionRecord | undefined {
    const stored = this.engine.records.get(id);
    return stored && recordFromText(stored.text, id);
  }

  /** A client that has joined on a node. */
  async client(name: string, format = 'ndjson', more: MemoryRequestOptions = {}): Promise<Client> {
    const client = new Client(this, format, more);
    await client.join(name);
    return client;
  }
}

/** Starts nodes `a`, `b` and `c`, or others. */
export async function nodes(options: NodesOptions = {}): Promise<Nodes> {
  const all = new Nodes(options);
  for (const name of options.names ?? ['a', 'b', 'c']) await all.add(name);
  return all;
}

/** An answer as a test looks at it. */
export interface Answer {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  readonly body: string;
  readonly outlet: MemoryOutlet | undefined;
  /** The lines of an answer in ndjson. */
  readonly lines: readonly Line[];
  /** Data and gaps in it, as short words. */
  readonly items: readonly string[];
}

/** One node. */
export class Node {
  readonly name: string;
  readonly hub: ClusterHub;
  readonly handler: Handler;
  readonly #runtime: ManualRuntime;

  constructor(name: string, hub: ClusterHub, handler: Handler, runtime: ManualRuntime) {
    this.name = name;
    this.hub = hub;
    this.handler = handler;
    this.#runtime = runtime;
  }

  session(id: string): Session {
    const session = this.hub.session(id);
    if (session === undefined) throw new Error(`node ${this.name} does not hold the session`);
    return session;
  }

  /** Sends a request; a held poll is waited for. */
  async send(options: MemoryRequestOptions): Promise<Answer> {
    const request = new MemoryRequest(options);
    const said = this.handler.handle(request);
    const ticking = setInterval(() => this.#runtime.turn(), 1);
    const response = await said.finally(() => clearInterval(ticking));
    if (!('open' in response)) request.finish();
    const outlet = 'open' in response ? new MemoryOutlet() : undefined;
    if ('open' in response && outlet !== undefined) response.open(outlet);
    const body = outlet === undefined && 'body' in response ? String(response.body) : (outlet?.text ?? '');
    return answerOf(response, body, outlet);
  }
}

function answerOf({ status, headers }: HttpResponse, body: string, outlet: MemoryOutlet | undefined): Answer {
  const isLines = String(headers['content-type']).includes('ndjson');
  const lines = isLines ? linesOf(body) : [];
  return { status, headers, body, outlet, lines, items: itemsOf(lines) };
}

/** A client whose requests go to whichever node a test names. */
export class Client {
  readonly #nodes: Nodes;
  readonly format: string;
  readonly #more: MemoryRequestOptions;
  id = '';
  key: string | undefined;
  cookies: string[] = [];
  cursor: string | undefined;

  constructor(all: Nodes, format: string, more: MemoryRequestOptions = {}) {
    this.#nodes = all;
    this.format = format;
    this.#more = more;
  }

  async join(name: string, fields: Fields = {}): Promise<Answer> {
    const answer = await this.#send(name, { type: 'join', format: this.format, ...fields });
    this.#keep(answer);
    return answer;
  }

  /** Sends a command of the session. Without `bare`, with what proves that it is its client's. */
  async does(name: string, type: string, fields: Fields = {}): Promise<Answer> {
    const own = this.key === undefined ? {} : { key: this.key };
    const answer = await this.#send(name, { type, session: this.id, ...own, ...fields });
    this.#keep(answer);
    return answer;
  }

  /** Opens a stream. */
  async listens(name: string, fields: Fields = {}): Promise<Stream> {
    const answer = await this.does(name, 'listen', { mode: 'stream', ...fields });
    if (answer.outlet === undefined) throw new Error(`no stream: ${answer.status} ${answer.body}`);
    return new Stream(answer.outlet, this.#nodes);
  }

  #send(name: string, fields: Fields): Promise<Answer> {
    const request = asRequest(fields, this.format);
    const cookie = this.cookies.length === 0 ? {} : { cookie: this.cookies.join('; ') };
    const headers = { ...this.#more.headers, ...request.headers, ...cookie };
    return this.#nodes.node(name).send({ ...this.#more, ...request, headers });
  }

  #keep({ headers, lines, body }: Answer): void {
    for (const line of [headers['set-cookie'] ?? []].flat()) {
      const pair = String(line).split(';')[0] ?? '';
      this.cookies = [...this.cookies.filter((one) => one.split('=')[0] !== pair.split('=')[0]), pair];
    }
    for (const line of lines) {
      if (typeof line['cursor'] === 'string') this.cursor = line['cursor'];
      if (line['type'] !== 'join-ack' && line['type'] !== 'join-listen-ack') continue;
      this.id = String(line['session']);
      this.key = line['key'] === undefined ? undefined : String(line['key']);
    }
    if (this.id === '' && !isModern(this.format)) this.id = /p_id"?[=:]\s?"([^"]+)"/.exec(body)?.[1] ?? '';
  }
}

/** An open stream of ndjson. */
export class Stream {
  readonly outlet: MemoryOutlet;
  readonly #nodes: Nodes;
  #read = 0;

  constructor(outlet: MemoryOutlet, all: Nodes) {
    this.outlet = outlet;
    this.#nodes = all;
  }

  /** What came since the last time. */
  async items(): Promise<readonly string[]> {
    return itemsOf(await this.lines());
  }

  async lines(): Promise<readonly Line[]> {
    // What does not fit into a small first write follows after a pause.
    await this.#nodes.pass(20);
    const fresh = linesOf(this.outlet.text).slice(this.#read);
    this.#read += fresh.length;
    return fresh;
  }
}
