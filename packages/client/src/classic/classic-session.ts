import { classicType } from '../classic-names.ts';
import { SessionClient } from '../client.ts';
import { ClientError } from '../errors.ts';
import { Inbox } from '../inbox.ts';
import type { ClientItem } from '../items.ts';
import type { WireEvent } from '../machine/wire.ts';
import { type ClientOptions, resolveOptions } from '../options.ts';
import { compilePattern } from '../pattern.ts';
import type { Subscription } from '../subscription.ts';
import { callBack, eventOf, gapEvent, passedOn, reasonOf, whenLoaded } from './callbacks.ts';
import {
  type ClassicCallbacks,
  type ClassicClient,
  type ClassicState,
  classicStates,
} from './classic-types.ts';
import { type PushletEvent, pushletDataOf, pushletEventOf } from './pushlet-event.ts';

// Events that wait between join and listen.
const waitingLimit = 1024;

/** The classic client behind {@link ClassicClient}. */
export class ClassicSession implements ClassicClient {
  state: ClassicState = classicStates.NULL;
  sessionId: string | null = null;
  readonly #url: string;
  readonly #callbacks: ClassicCallbacks;
  readonly #options: ClientOptions;
  readonly #subscriptions = new Map<Subscription<ClientItem>, RegExp>();
  readonly #waiting = new Inbox(waitingLimit);
  readonly #calls: (() => void)[] = [];
  #client: SessionClient | undefined;
  #listening = false;
  #joinListens = false;

  constructor(url: string, callbacks: ClassicCallbacks, options: ClientOptions) {
    resolveOptions(options);
    this.#url = url;
    this.#callbacks = callbacks;
    this.#options = options;
    whenLoaded(() => this.#loaded());
  }

  join(): void {
    if (this.#refusedForNow) {
      this.#client = undefined;
      this.#open();
    } else this.#when(() => this.#open());
  }

  listen(subject?: string, mode?: 'stream' | 'pull' | 'poll'): void {
    this.#when(() => {
      if (subject !== undefined) this.#subscribe(subject);
      if (mode !== undefined) this.#client?.use(mode === 'pull' ? 'long-poll' : mode);
      this.#listening = true;
      if (this.#client?.state === 'open') this.#listens({ event: 'listen-ack', fields: new Map() });
      for (let item = this.#waiting.shift(); item; item = this.#waiting.shift()) this.#hand(item);
    });
  }

  joinListen(subject?: string, mode?: 'stream' | 'pull' | 'poll'): void {
    this.#joinListens = true;
    this.join();
    this.listen(subject, mode);
  }

  subscribe(subject: string, label?: string): void {
    this.#when(() => this.#subscribe(subject, label));
  }

  unsubscribe(sid?: string): void {
    this.#when(() => {
      for (const subscription of [...this.#subscriptions.keys()]) {
        if (sid !== undefined && subscription.sid !== sid) continue;
        this.#subscriptions.delete(subscription);
        subscription.unsubscribe();
      }
      this.#call(eventOf('unsubscribe-ack', { p_sid: sid }));
    });
  }

  publish(subject: string, fields: Readonly<Record<string, string>> | string): void {
    const data = typeof fields === 'string' ? Object.fromEntries(new URLSearchParams(fields)) : { ...fields };
    this.#when(() => this.#client?.publish(subject, data).catch((error) => this.#refused(error)));
  }

  heartbeat(): void {
    this.#when(() => {
      this.#client?.ask({ type: 'heartbeat' }).then(
        () => this.#call(eventOf('hb-ack', {})),
        (error) => this.#refused(error),
      );
    });
  }

  leave(): void {
    this.#when(() => {
      this.#client?.close().catch(() => undefined);
      this.#client = undefined;
      this.#subscriptions.clear();
      this.#listening = this.#joinListens = false;
      this.sessionId = null;
      this.#enter(classicStates.READY);
    });
  }

  #loaded(): void {
    this.state = classicStates.READY;
    for (const call of this.#calls.splice(0)) call();
  }

  #when(call: () => void): void {
    if (this.state === classicStates.NULL) this.#calls.push(call);
    else if (!this.#refusedForNow) call();
  }

  // A refused join is reported once; then calls are dropped until the application joins again, which may succeed after a login.
  get #refusedForNow(): boolean {
    return this.state === classicStates.ERROR && (this.#client?.state ?? 'closed') === 'closed';
  }

  #enter(state: ClassicState): void {
    if (this.state !== classicStates.ERROR || state === classicStates.JOINED) this.state = state;
  }

  #open(): void {
    if (this.#client !== undefined) return;
    const client = new SessionClient(this.#url, resolveOptions(this.#options));
    this.#client = client;
    client.on('wire', (event) => this.#said(client, event));
    client.on('event', (event) => this.#hand(event));
    client.on('gap', (gap) => this.#hand(gap));
    client.on('error', (error) => this.#failed(client, error));
  }

  #subscribe(subject: string, label?: string): void {
    const subscription = this.#client?.subscribe(subject, { label });
    if (subscription === undefined) return;
    // Events are taken from the client, where each comes once.
    subscription.on(() => undefined);
    this.#subscriptions.set(subscription, compilePattern(subject, this.#options.matching ?? 'path'));
    const fields = { p_subject: subject, p_label: label };
    subscription.ready.then(
      () =>
        this.#call(eventOf('subscribe-ack', { ...fields, p_id: this.sessionId, p_sid: subscription.sid })),
      (error) => {
        this.#subscriptions.delete(subscription);
        if (!this.#refusedForNow) this.#refused(error);
      },
    );
  }

  #said(client: SessionClient, event: WireEvent): void {
    const kind = event.event;
    if (client !== this.#client && kind !== 'leave-ack') return;
    if (kind === 'abort') this.#enter(classicStates.ABORT);
    if (kind === 'join-ack') {
      this.sessionId = String(event.fields.get('session'));
      this.#enter(classicStates.JOINED);
    }
    if (passedOn.has(classicType(kind))) this.#call(pushletEventOf(event));
    // The client also listens again by itself, which is none of the application's business.
    if (kind === 'listen-ack' && this.#listening && this.state !== classicStates.LISTENING)
      this.#listens(event);
  }

  #listens(ack: WireEvent): void {
    this.#enter(classicStates.LISTENING);
    this.#call(pushletEventOf(this.#joinListens ? { ...ack, event: 'join-listen-ack' } : ack));
  }

  #hand(item: ClientItem): void {
    if (!this.#listening) this.#waiting.push(item);
    else if (item.kind === 'gap') this.#call(gapEvent(item));
    else this.#call(pushletDataOf(item, this.#subscriptionFor(item.subject)));
  }

  #subscriptionFor(subject: string): Subscription<ClientItem> | undefined {
    return [...this.#subscriptions].find(([, matcher]) => matcher.test(subject))?.[0];
  }

  #failed(client: SessionClient, error: ClientError): void {
    // A refused call rejects by itself; nobody called the join, so it is reported here.
    if (error.code !== 'refused') this.#call(eventOf('error', { p_reason: error.message }));
    else if (client.state === 'closed') {
      this.#enter(classicStates.ERROR);
      this.#refused(error);
    }
  }

  #refused(error: unknown): void {
    if (error instanceof ClientError && error.code === 'closed') return;
    this.#call(eventOf('nack', { p_id: this.sessionId, p_reason: reasonOf(error) }));
  }

  #call(event: PushletEvent): void {
    const run = (): void => callBack(this.#callbacks, event);
    if (this.#client === undefined) run();
    else this.#client.guard(run);
  }
}
