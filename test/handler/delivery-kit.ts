import { type MemoryOutlet, MemoryRequest } from '@cometkit/testkit';
import { asRequest, type Fields, type Stage } from './kit.ts';

/** A line of ndjson as it was read. */
export type Line = Readonly<Record<string, unknown>>;

/** A finite answer of the modern wire. */
export interface Reply {
  readonly status: number;
  readonly lines: readonly Line[];
  readonly cookies: readonly string[];
}

/** An open stream of the modern wire. */
export class Listening {
  readonly outlet: MemoryOutlet;
  #read = 0;

  constructor(outlet: MemoryOutlet) {
    this.outlet = outlet;
  }

  /** What came since the last time. */
  lines(): readonly Line[] {
    const fresh = linesOf(this.outlet.text).slice(this.#read);
    this.#read += fresh.length;
    return fresh;
  }

  /** The data and gaps of what came since the last time, as short words. */
  items(): readonly string[] {
    return itemsOf(this.lines());
  }
}

/** Reads whole lines. */
export function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

/** Events as their data, gaps as `gap from-to reason`. */
export function itemsOf(lines: readonly Line[]): string[] {
  return lines.flatMap((line) => {
    if (line['type'] === 'data') return [JSON.stringify(line['data'])];
    if (line['type'] !== 'gap') return [];
    return [`gap ${line['from']}-${line['to']} ${line['reason']}`];
  });
}

/** A client of the modern wire that keeps nothing by itself: a test says what it sends. */
export class Modern {
  readonly stage: Stage;
  id = '';
  key = '';
  /** Where the session's stream begins, as the join said. */
  start = '';

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** Sends a command as JSON and reads the answer. */
  async sends(event: string, fields: Line = {}): Promise<Reply> {
    const own = this.id === '' ? {} : { session: this.id, key: this.key };
    const body = JSON.stringify({ type: event, format: 'ndjson', ...own, ...fields });
    const { status, headers, body: text } = await this.stage.send({ body });
    const cookies = [headers['set-cookie'] ?? []].flat();
    return { status, cookies, lines: status === 200 ? linesOf(text) : [JSON.parse(text) as Line] };
  }

  async joins(fields: Line = {}): Promise<Line> {
    const [ack = {}] = (await this.sends('join', fields)).lines;
    this.id = String(ack['session']);
    this.key = String(ack['key']);
    this.start = String(ack['cursor']);
    return ack;
  }

  async subscribes(pattern: string, fields: Line = {}): Promise<readonly Line[]> {
    return (await this.sends('subscribe', { subject: pattern, ...fields })).lines;
  }

  /** Opens a stream. */
  async listens(fields: Line = {}): Promise<Listening> {
    const event = this.id === '' ? 'join-listen' : 'listen';
    const own = this.id === '' ? {} : { session: this.id, key: this.key };
    const body = JSON.stringify({ type: event, format: 'ndjson', ...own, ...fields });
    const { outlet } = await this.stage.send({ body });
    return new Listening(outlet);
  }

  /** Opens a stream in a classic format. */
  async listensIn(format: string, fields: Fields = {}): Promise<Listening> {
    const { id: session, key } = this;
    const request = asRequest({ type: 'listen', session, key, format, ...fields });
    return new Listening((await this.stage.send(request)).outlet);
  }
}

/** Makes a client that has joined. */
export async function modern(stage: Stage, fields: Line = {}): Promise<Modern> {
  const client = new Modern(stage);
  await client.joins(fields);
  return client;
}

/** How a browser or another program sends its requests. */
export interface Manners {
  /** False for one that keeps no cookies. */
  readonly cookies?: boolean;
  readonly format?: string;
  /** False for one that opens a connection for each request. */
  readonly keepAlive?: boolean;
}

/** An unmodified client that polls: it knows its id and nothing else. */
export class Poller {
  readonly #stage: Stage;
  readonly #manners: Manners;
  readonly #jar = new Map<string, string>();
  readonly #connection = {};
  id = '';

  constructor(stage: Stage, manners: Manners = {}) {
    this.#stage = stage;
    this.#manners = manners;
  }

  /** Joins, and listens to a subject. */
  async starts(subject = '/a', mode = 'long-poll'): Promise<void> {
    const { format = 'xml' } = this.#manners;
    const text = await this.asks({ type: 'join', format });
    this.id = /p_id\W+(\w{22})/.exec(text)?.[1] ?? '';
    await this.asks({ type: 'listen', session: this.id, mode, subject });
  }

  /** What the next refresh brings, as the `x` of its events. */
  async refreshes(fields: Readonly<Record<string, string>> = {}): Promise<string> {
    return valuesOf(await this.asks({ type: 'refresh', session: this.id, ...fields }));
  }

  /** The request of a refresh as it would be sent now. */
  request(fields: Readonly<Record<string, string>> = {}): MemoryRequest {
    return this.#request({ type: 'refresh', session: this.id, ...fields });
  }

  /** Sends a request as it was made, and answers it completely; the client itself never sees the answer. */
  async loses(request: MemoryRequest = this.request()): Promise<string> {
    return valuesOf((await this.#stage.give(request)).body);
  }

  /** Sends a request of which only a part of the answer leaves the server. */
  async breaks(request: MemoryRequest = this.request()): Promise<void> {
    await this.#stage.handler.handle(request);
    request.abort();
  }

  async asks(fields: Readonly<Record<string, string>>): Promise<string> {
    const answer = await this.#stage.give(this.#request(fields));
    if (this.#manners.cookies !== false)
      for (const line of [answer.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return answer.body;
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const equals = pair.indexOf('=');
    this.#jar.set(pair.slice(0, equals), pair.slice(equals + 1));
  }

  #request(fields: Readonly<Record<string, string>>): MemoryRequest {
    const cookie = [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
    return new MemoryRequest({
      ...asRequest(fields, this.#manners.format ?? 'xml'),
      ...(cookie === '' ? {} : { headers: { cookie } }),
      ...(this.#manners.keepAlive === true ? { connection: this.#connection } : {}),
    });
  }
}

/** The numbers of the events in a classic answer, as one word each. */
function valuesOf(text: string): string {
  return [...text.matchAll(/\bx\W+(\w+)"/g)].map(([, value]) => value).join(' ');
}
