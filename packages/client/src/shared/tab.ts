import type { JsonValue } from '@cometkit/core';
import { EventEmitter } from 'eventemitter3';
import type { ClientEvents, PublishOptions } from '../client-types.ts';
import { ClientError, type Failure } from '../errors.ts';
import type { ClientItem } from '../items.ts';
import type { TransportName } from '../machine/choice.ts';
import { type Place, parsePlace } from '../machine/cursor.ts';
import type { ClientState } from '../machine/inputs.ts';
import { isAfter } from '../machine/tasks.ts';
import type { SubscribeOptions } from '../options.ts';
import { compilePattern, type Matching } from '../pattern.ts';
import { ClientSubscription } from '../subscription.ts';
import type { Chained, FromLeader, Status, ToLeader } from './messages.ts';
import { Outgoing } from './outgoing.ts';
import { distribute, type Standing } from './standing.ts';

/** What a tab is told at creation. */
export interface TabOptions {
  readonly id: string;
  readonly matching: Matching;
  readonly queueLimit: number;
  /** Says something to whoever leads. */
  say(said: ToLeader): void;
}

/**
 * One tab's view of the shared stream: its own subscriptions, its own place, and so its own judgement of what is a
 * repeat and what is missing, whoever leads.
 */
export class Tab {
  readonly events: EventEmitter<ClientEvents> = new EventEmitter<ClientEvents>();
  readonly #options: TabOptions;
  readonly #standing = new Map<number, Standing>();
  readonly #outgoing = new Outgoing();
  readonly #resumes: boolean;
  #status: Status = { state: 'connecting', transport: undefined, id: undefined, at: undefined };
  #leader: string | undefined;
  #welcome = false;
  #asked = false;
  #at: Place | undefined;
  #last = 0;
  #closed = false;

  constructor(options: TabOptions, resumeFrom: string | undefined) {
    this.#options = options;
    this.#at = parsePlace(resumeFrom);
    this.#resumes = this.#at !== undefined;
  }

  get state(): ClientState {
    return this.#closed ? 'closed' : this.#status.state;
  }

  get transport(): TransportName | undefined {
    return this.#status.transport;
  }

  get id(): string | undefined {
    return this.#status.id;
  }

  get cursor(): string | undefined {
    return this.#at?.text;
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): ClientSubscription {
    const key = ++this.#last;
    const { label, since, last, latest, signal } = options;
    const subscription = new ClientSubscription(pattern, options, {
      queueLimit: this.#options.queueLimit,
      ended: () => {
        this.#standing.delete(key);
        this.#options.say({ type: 'drop', tab: this.#options.id, key });
      },
      lost: (gap) => this.#guard(() => this.events.emit('gap', gap)),
      guard: (run) => this.#guard(run),
    });
    // Before anybody leads it counts from the place that the page was rendered with.
    const active = this.#resumes && this.#leader === undefined;
    const wanted = { key, pattern, label, since, last, latest, active };
    const matcher = compilePattern(pattern, this.#options.matching);
    if (this.#closed || signal?.aborted) subscription.settle({ code: 'closed' });
    else {
      this.#standing.set(key, { wanted, matcher, subscription, active, told: false, from: undefined });
      if (this.#welcome) this.#tell();
      signal?.addEventListener('abort', () => subscription.unsubscribe());
    }
    return subscription;
  }

  publish(subject: string, data: JsonValue, { to }: PublishOptions = {}): Promise<void> {
    if (this.#closed) return Promise.reject(new ClientError({ code: 'closed' }));
    const published = this.#outgoing.add(++this.#last, this.#options.id, { subject, data, to });
    if (this.#welcome) this.#outgoing.send(this.#options.say);
    return published;
  }

  /** Ends everything that waits. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { subscription } of this.#standing.values()) subscription.settle({ code: 'closed' });
    this.#outgoing.close();
    this.#options.say({ type: 'bye', tab: this.#options.id });
    this.#emit('state', 'closed');
  }

  /** Takes note that nobody leads, for all that this tab knows. */
  orphan(): void {
    this.#leader = undefined;
    this.#welcome = false;
  }

  /** Takes what the leader says. */
  take(message: FromLeader): void {
    if (this.#closed) return;
    if (message.type === 'lead') this.#follow(message.leader);
    else if (message.leader !== this.#leader) this.#meet(message.leader);
    else if (message.type === 'status') this.#enter(message.status);
    else if (message.type === 'item') this.#chain([message]);
    else if (message.to !== this.#options.id) return;
    else if (message.type === 'welcome') this.#welcomed(message);
    else if (message.type === 'again') this.#chain(message.items, true);
    else if (message.type === 'ready') this.#ready(message);
    else if (message.type === 'over') this.#over(message.key, message.failure);
    else this.#outgoing.settle(message.key, message.failure);
  }

  // A leader that was here before this tab.
  #meet(leader: string): void {
    if (this.#leader === undefined) this.#follow(leader);
  }

  #follow(leader: string): void {
    this.#leader = leader;
    this.#welcome = this.#asked = false;
    this.#outgoing.orphan();
    for (const standing of this.#standing.values()) standing.told = true;
    const wanted = [...this.#standing.values()].map((one) => ({ ...one.wanted, active: one.active }));
    this.#options.say({ type: 'hello', tab: this.#options.id, at: this.#at?.text, wanted });
  }

  #welcomed({ at, restart }: Extract<FromLeader, { type: 'welcome' }>): void {
    this.#welcome = true;
    if (restart) {
      for (const standing of this.#standing.values()) standing.active = false;
      this.#at = parsePlace(at);
    }
    this.#at ??= parsePlace(at);
    this.#tell();
    this.#outgoing.send(this.#options.say);
  }

  // Tells the leader of subscriptions that were made since it was greeted.
  #tell(): void {
    for (const standing of this.#standing.values()) {
      if (standing.told) continue;
      standing.told = true;
      this.#options.say({ type: 'want', tab: this.#options.id, wanted: standing.wanted });
    }
  }

  #enter(status: Status): void {
    const before = this.#status;
    this.#status = status;
    if (this.#welcome) this.#at ??= parsePlace(status.at);
    if (before.id !== status.id && status.id !== undefined) this.#emit('joined', status.id);
    if (before.state !== status.state) this.#emit('state', status.state);
    if (before.transport !== status.transport && status.transport !== undefined) {
      this.#emit('transport', status.transport, 'first');
    }
  }

  #chain(items: readonly Chained[], again = false): void {
    if (!this.#welcome) return;
    if (again) this.#asked = false;
    for (const { prev, item } of items) {
      const place = parsePlace(item.cursor);
      const before = parsePlace(prev);
      if (place === undefined || !isAfter(place, this.#at)) continue;
      if (before !== undefined && this.#at !== undefined && isAfter(before, this.#at)) {
        this.#missed();
        return;
      }
      this.#at = place;
      this.#hand(item, place);
    }
  }

  #missed(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#options.say({ type: 'missed', tab: this.#options.id, at: this.#at?.text });
  }

  #hand(item: ClientItem, place: Place): void {
    if (item.kind === 'gap') this.#emit('gap', item);
    else this.#emit('event', item);
    distribute(this.#standing.values(), item, place);
  }

  #ready({ key, sid, from, past }: Extract<FromLeader, { type: 'ready' }>): void {
    const standing = this.#standing.get(key);
    if (standing === undefined) return;
    if (this.#welcome) this.#at ??= parsePlace(from);
    if (!standing.active) {
      standing.from = parsePlace(from);
      for (const item of past) standing.subscription.take(item);
    }
    standing.active = true;
    standing.subscription.settle(undefined, sid);
  }

  #over(key: number, failure: Failure): void {
    const standing = this.#standing.get(key);
    this.#standing.delete(key);
    standing?.subscription.settle(failure);
    if (standing !== undefined && failure.code !== 'closed') this.#emit('error', new ClientError(failure));
  }

  #emit<Name extends keyof ClientEvents>(name: Name, ...args: ClientEvents[Name]): void {
    this.#guard(() => this.events.emit(name, ...(args as never)));
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (cause) {
      try {
        this.events.emit('error', new ClientError({ code: 'listener', cause }));
      } catch (thrown) {
        globalThis.reportError?.(thrown);
      }
    }
  }
}
