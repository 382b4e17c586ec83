import type { JsonValue } from '@cometkit/core';
import type { SessionClient } from '../client.ts';
import { ClientError, type Failure } from '../errors.ts';
import type { ClientItem } from '../items.ts';
import { type Cursor, later, parseCursor } from '../machine/cursor.ts';
import type { FromLeader, ToLeader, Wanted } from './messages.ts';
import { pause } from './pause.ts';
import { Recent } from './recent.ts';
import { Upstreams } from './upstreams.ts';

/** A message of the leader before it is signed. */
type Said = FromLeader extends infer One ? (One extends FromLeader ? Omit<One, 'leader'> : never) : never;

/** What the leader asks of its tab. */
export interface Leading {
  /** Says something to all tabs, this one included. */
  say(said: Said): void;
  /** Opens the connection that goes on after a cursor. */
  connect(resumeFrom: string | undefined): SessionClient;
  /** The server refused the connection of this tab: another tab may have better credentials. */
  refused(failure: Failure): void;
  /** Calls back when a tab has vanished. */
  watch(tab: string, gone: () => void): void;
}

type Hello = Extract<ToLeader, { type: 'hello' }>;

// How long the other tabs may take to say where they stand (milliseconds).
const gatherMs = 150;

/** The tab that holds the connection: subscribes for all, and passes everything on. */
export class Leader {
  readonly #leading: Leading;
  readonly #hellos = new Map<string, Hello>();
  /** What ends a message of a tab that is under way, by tab and key. */
  readonly #publishing = new Map<string, AbortController>();
  #recent = new Recent(undefined);
  #initial: ReadonlySet<string> = new Set();
  #client: SessionClient | undefined;
  #upstreams: Upstreams | undefined;
  #wait: (() => void) | undefined;
  #stopped = false;

  constructor(leading: Leading) {
    this.#leading = leading;
  }

  /** Takes the lead: asks where everybody stands, then goes on from the place of the last. */
  start(): void {
    this.#leading.say({ type: 'lead' });
    this.#wait = pause(gatherMs, () => this.#open());
  }

  /** Ends the lead; resolves when the server knows. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wait?.();
    await this.#client?.close();
  }

  /** Takes what a tab says. */
  take(message: ToLeader): void {
    if (message.type === 'hello') this.#hello(message);
    else if (message.type === 'ping') this.#status();
    else if (message.type === 'drop') this.#drop(message.tab, message.key);
    else if (message.type === 'abort') this.#publishing.get(`${message.tab} ${message.key}`)?.abort();
    else if (this.#client === undefined) return;
    else if (message.type === 'want') this.#want(message.tab, message.wanted);
    else if (message.type === 'bye') this.#gone(message.tab);
    else if (message.type === 'missed') this.#again(message.tab, parseCursor(message.at));
    else if (message.type === 'use') this.#client.use(message.transport);
    else this.#publish(this.#client, message);
  }

  #open(): void {
    const hellos = [...this.#hellos.values()];
    const resumeFrom = earliest(hellos.map(({ at }) => parseCursor(at)))?.text;
    const client = this.#leading.connect(resumeFrom);
    this.#client = client;
    this.#upstreams = new Upstreams(client, (user, error) => this.#over(user, error));
    this.#recent = new Recent(resumeFrom);
    this.#initial = new Set(hellos.flatMap(({ wanted }) => wanted.map(nameOf)));
    client.on('event', (event) => this.#pass(event));
    client.on('gap', (gap, past) => past || this.#pass(gap));
    for (const name of ['transport', 'joined'] as const) client.on(name, () => this.#status());
    client.on('state', (state) => {
      if (state === 'closed') this.#closed(client);
      else this.#status();
    });
    for (const hello of hellos) this.#receive(hello);
    this.#status();
  }

  // The outcome of rejected messages is reported first, a microtask later than this.
  #closed(client: SessionClient): void {
    const { refusal } = client;
    if (refusal) queueMicrotask(() => this.#stopped || this.#leading.refused(refusal));
  }

  #status(): void {
    const { state = 'connecting', transport, id, cursor } = this.#client ?? {};
    this.#leading.say({ type: 'status', status: { state, transport, id, at: cursor } });
  }

  #pass(item: ClientItem): void {
    this.#leading.say({ type: 'item', ...this.#recent.add(item) });
  }

  #hello(hello: Hello): void {
    const known = this.#hellos.has(hello.tab);
    this.#hellos.set(hello.tab, hello);
    if (!known) this.#leading.watch(hello.tab, () => this.#gone(hello.tab));
    if (this.#client !== undefined) this.#receive(hello);
  }

  #receive({ tab, at: text, wanted }: Hello): void {
    const at = parseCursor(text);
    const active = wanted.filter((one) => one.active);
    // What nobody subscribed to meanwhile was not received meanwhile: it has to be read from the server's log.
    const covered =
      at !== undefined && this.#recent.reaches(at) && active.every((one) => this.#initial.has(nameOf(one)));
    const restart = at !== undefined && !covered;
    this.#leading.say({ type: 'welcome', to: tab, at: restart ? this.#recent.last : text, restart });
    if (covered) this.#again(tab, at);
    for (const one of wanted)
      this.#want(tab, restart && one.active ? { ...one, active: false, since: text } : one);
  }

  #again(tab: string, at: Cursor | undefined): void {
    if (at) this.#leading.say({ type: 'again', to: tab, items: this.#recent.after(at) });
  }

  #want(tab: string, wanted: Wanted): void {
    const { key, pattern, since, last, latest, conflate, active } = wanted;
    const user = `${tab} ${key}`;
    const past: ClientItem[] = [];
    const plain = active || (since === undefined && last === undefined && latest !== true);
    const query = plain ? { conflate } : { since, last, latest, conflate };
    const subscription = this.#upstreams?.get(plain ? nameOf(wanted) : user, user, pattern, query);
    if (subscription === undefined) return;
    const stop = plain ? undefined : subscription.on((item) => past.push(item));
    subscription.ready.then(
      () => {
        stop?.();
        // What came with the past is behind this place; what comes later, comes to all.
        const from = later(parseCursor(subscription.from), parseCursor(this.#client?.cursor))?.text;
        this.#leading.say({ type: 'ready', to: tab, key, sid: subscription.sid, from, past });
      },
      () => undefined,
    );
  }

  #over(user: string, error: ClientError): void {
    const [to = '', key] = user.split(' ');
    this.#leading.say({ type: 'over', to, key: Number(key), failure: failureOf(error) });
  }

  #drop(tab: string, key: number): void {
    const hello = this.#hellos.get(tab);
    if (hello)
      this.#hellos.set(tab, { ...hello, wanted: hello.wanted.filter((wanted) => wanted.key !== key) });
    this.#upstreams?.drop(`${tab} ${key}`);
  }

  #gone(tab: string): void {
    this.#hellos.delete(tab);
    this.#upstreams?.dropTab(tab);
  }

  #publish(
    client: SessionClient,
    { tab, key, subject, data, to, timeoutMs }: Extract<ToLeader, { type: 'publish' }>,
  ): void {
    const stop = new AbortController();
    const name = `${tab} ${key}`;
    this.#publishing.set(name, stop);
    const settle = (failure: Failure | undefined, value?: JsonValue): void => {
      this.#publishing.delete(name);
      if (!stop.signal.aborted) this.#leading.say({ type: 'published', to: tab, key, failure, value });
    };
    const { signal } = stop;
    const sent =
      timeoutMs === undefined
        ? client.publish(subject, data, { to, signal }).then(() => undefined)
        : client.request(subject, data, { timeoutMs, signal });
    sent.then(
      (value) => settle(undefined, value),
      (error) => settle(failureOf(error)),
    );
  }
}

// Tabs that know another log than the rest have missed more than can be made good.
function earliest(places: readonly (Cursor | undefined)[]): Cursor | undefined {
  const known = places.filter((place) => place !== undefined);
  const [first] = known;
  const same = known.filter(({ epoch }) => epoch === first?.epoch);
  return same.sort((a, b) => a.position - b.position)[0];
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof ClientError)) return { code: 'malformed' };
  const { code, reason, serverCode, status } = error;
  return { code, reason, serverCode, status };
}

// What the tabs that want the same have in common.
function nameOf({ pattern, conflate }: Wanted): string {
  return conflate ? `\n${pattern}` : pattern;
}
