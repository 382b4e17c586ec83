import type { AnySubjects, JsonValue, SubjectMap } from '@cometkit/core';
import { Bookmark, placeIn } from './bookmark.ts';
import type { Client, ClientEvents, PublishOptions } from './client-types.ts';
import { Driver } from './driver.ts';
import { ClientError, type Failure } from './errors.ts';
import type { ClientState } from './machine/inputs.ts';
import { createState } from './machine/state.ts';
import type { TransportName } from './machine/transport-selector.ts';
import type { WireFields } from './machine/wire.ts';
import { endOn, jsonOf, messageOf, outcome, questionOf, subscribeFields, type Waiting } from './message.ts';
import { Notices } from './notices.ts';
import { type ClientOptions, type ClientSettings, resolveOptions, type SubscribeOptions } from './options.ts';
import { watchPageLifecycle } from './page-lifecycle.ts';
import { type ClientStream, type StreamOptions, streamOf } from './produced-stream.ts';
import { type RequestOptions, Requests } from './requests.ts';
import { ClientSubscription } from './subscription.ts';
import { SubscriptionGroup, SubscriptionGroups } from './subscription-group.ts';
import { checkAddress } from './transports/address.ts';

// Subscriptions and messages that may be under way.
const maxTasks = 1024;

/**
 * Makes a client and connects it.
 *
 * @throws {TypeError} the URL, an option or a header is one that no request can be sent with; `resumeFrom` is not a cursor.
 */
export function createClient<Subjects extends SubjectMap = AnySubjects>(
  url: string | URL,
  options: ClientOptions = {},
): Client<Subjects> {
  const settings = resolveOptions(options);
  const address = checkAddress(String(url), options.runtime?.fetch !== undefined);
  const resumeFrom = settings.resumeFrom ?? placeIn(settings.persist, address);
  return new SessionClient(address, { ...settings, resumeFrom }) as unknown as Client<Subjects>;
}

/** The client behind {@link createClient}. */
export class SessionClient {
  id: string | undefined;
  readonly #notices = new Notices();
  readonly #driver: Driver;
  readonly #queueLimit: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #groups = new SubscriptionGroups();
  readonly #requests: Requests;
  readonly #clientId: string;
  readonly #bookmark: Bookmark | undefined;
  #closed!: Promise<void>;
  #last = 0;

  constructor(url: string, settings: ClientSettings) {
    const { runtime, persist } = settings;
    this.#bookmark = persist && new Bookmark(persist, url, () => (this.#behind() ? undefined : this.cursor));
    const random = (): number => (runtime.random() * 2 ** 32) >>> 0;
    const clientId = [random(), random(), random(), random()]
      .map((part) => part.toString(36).padStart(7, '0'))
      .join('');
    this.#clientId = clientId;
    this.#requests = new Requests(runtime);
    const state = createState({ ...settings, now: runtime.now(), seed: random(), clientId });
    const network = { endpoint: { ...settings, url }, transports: settings.extra };
    this.#queueLimit = settings.queueLimit;
    this.#driver = new Driver(state, network, {
      deliver: (requestId, item) => {
        if (!this.#requests.take(item, this.id)) this.#waiting.get(requestId)?.take?.(item);
      },
      item: (item) => {
        if (item.kind === 'gap') {
          // An answer is never replaced by a newer one.
          if (item.reason !== 'outdated') this.#requests.lost();
          this.#notices.emit('gap', item);
        } else if (!this.#requests.take(item, this.id)) this.#notices.emit('event', item);
        this.#bookmark?.moved();
      },
      missing: (gap) => this.#notices.emit('gap', gap, true),
      settled: (requestId, failure, sid) => this.#settled(requestId, failure, sid),
      joined: (id) => {
        this.id = id;
        this.#requests.lost();
        this.#notices.emit('joined', id);
      },
      wire: (event) => this.#notices.emit('wire', event),
      state: (entered) => {
        if (entered === 'connecting') this.#begin();
        if (entered === 'closed') this.#requests.lost();
        this.#notices.emit('state', entered);
      },
      transport: (name, why) => this.#notices.emit('transport', name, why),
      retry: (failure, delayMs) => this.#notices.emit('reconnecting', new ClientError(failure), delayMs),
      error: (failure) => this.#notices.error(failure),
    });
    this.#begin();
    runtime.setTimer(() => this.#driver.take('tick'), 0);
  }

  /** @internal Keeps Vue from wrapping it in a proxy, which private members cannot be read through. */
  get __v_skip(): true {
    return true;
  }

  get state(): ClientState {
    const { phase } = this.#driver.state;
    return phase === 'closing' ? 'closed' : phase;
  }

  get cursor(): string | undefined {
    return this.#driver.cursor;
  }

  get transport(): TransportName | undefined {
    return this.#driver.state.selector.reported;
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): ClientSubscription {
    const subscription = new ClientSubscription(pattern, options, {
      queueLimit: this.#queueLimit,
      brake: this.#driver.brake(),
      read: () => this.#bookmark?.moved(),
      ended: () => this.#leave(group, subscription),
      lost: (gap) => this.#notices.emit('gap', gap),
      guard: (run) => this.guard(run),
    });
    const group = this.#groups.of(pattern, options) ?? this.#groups.add(++this.#last, pattern, options);
    const first = !this.#waiting.has(group.requestId);
    group.add(subscription, this.cursor);
    if (first && !this.#start(group.requestId, group)) return subscription;
    // It stands for the next opening.
    if (this.state === 'closed') subscription.settle(this.#driver.state.refusal ?? { code: 'closed' });
    if (first) this.#driver.take('subscribe', group.requestId, pattern, subscribeFields(pattern, options));
    endOn(options.signal, subscription);
    return subscription;
  }

  #behind(): boolean {
    for (const waiting of this.#waiting.values()) if (waiting.behind) return true;
    return false;
  }

  #leave(group: SubscriptionGroup, subscription: ClientSubscription): void {
    if (!group.remove(subscription)) return;
    this.#forget(group.requestId, group);
    this.#driver.take('unsubscribe', group.requestId);
  }

  async publish(subject: string, data: JsonValue, options: PublishOptions = {}): Promise<void> {
    const fields = messageOf(subject, data, options);
    const { signal } = options;
    signal?.throwIfAborted();
    await this.#ask(fields, signal);
  }

  /**
   * Sends a command until it is answered.
   *
   * @throws the same errors as {@link Client.publish}.
   */
  async ask(fields: WireFields): Promise<void> {
    await this.#ask(jsonOf<WireFields>(fields, 'a field'));
  }

  #ask(fields: WireFields, signal?: AbortSignal): Promise<void> {
    return outcome(signal, (waiting) => this.#send(fields, waiting));
  }

  /** Sends a command until it is answered. @returns what gives it up. */
  #send(fields: WireFields, waiting: Waiting): () => void {
    const requestId = ++this.#last;
    if (this.#start(requestId, waiting)) this.#driver.take('publish', requestId, fields);
    return () => {
      this.#waiting.delete(requestId);
      this.#driver.take('unsubscribe', requestId);
    };
  }

  async request(subject: string, data: JsonValue, options: RequestOptions = {}): Promise<JsonValue> {
    const fields = questionOf(subject, data);
    // The message id that the machine will give it.
    const key = `${this.#clientId}-${this.#last + 1}`;
    return this.#requests.ask(key, options, (settle) => this.#send(fields, { settle }));
  }

  stream(subject: string, options: StreamOptions = {}): ClientStream {
    return streamOf(this, subject, options);
  }

  use(transport: TransportName | 'auto'): void {
    this.#driver.take('use', transport);
  }

  close(): Promise<void> {
    this.#driver.close();
    return this.#closed;
  }

  open(): void {
    this.#driver.take('open');
  }

  /** Why the server refused the join that closed the client; undefined unless it did. */
  get refusal(): Failure | undefined {
    return this.#driver.state.refusal;
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void {
    this.#notices.events.on(name, listener as never);
  }

  off<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void {
    this.#notices.events.off(name, listener as never);
  }

  /** Runs what may call the application, and reports what it throws. */
  guard(run: () => void): void {
    this.#notices.guard(run);
  }

  #begin(): void {
    this.id = undefined;
    const stop = watchPageLifecycle(
      () => this.#driver.take('wake'),
      () => this.#driver.abandon(),
    );
    this.#closed = new Promise((resolve) => {
      const entered = (state: ClientState): void => {
        if (state !== 'closed') return;
        this.off('state', entered);
        resolve(stop());
      };
      this.on('state', entered);
    });
    for (const waiting of this.#waiting.values()) waiting.renew?.();
  }

  #start(requestId: number, waiting: Waiting): boolean {
    const code = this.state === 'closed' && !waiting.take ? 'closed' : 'busy';
    const possible = code === 'busy' && this.#waiting.size < maxTasks;
    this.#waiting.set(requestId, waiting);
    if (!possible) {
      this.#forget(requestId, waiting);
      waiting.settle(code === 'busy' ? { code, reason: `more than ${maxTasks} wait` } : { code });
    }
    return possible;
  }

  #forget(requestId: number, waiting: Waiting | undefined): void {
    this.#waiting.delete(requestId);
    if (waiting instanceof SubscriptionGroup) this.#groups.forget(waiting);
  }

  #settled(requestId: number, failure: Failure | undefined, sid: string | undefined): void {
    const waiting = this.#waiting.get(requestId);
    // A subscription that only its client's closing interrupts stands for the next opening.
    const task = this.#driver.state.tasks.get(requestId);
    if (!task) this.#forget(requestId, waiting);
    waiting?.settle(failure, sid, task?.from?.text);
    if (waiting?.take && failure?.code === 'refused' && !task) this.#notices.error(failure, waiting.known);
  }
}
