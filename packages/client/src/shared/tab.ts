import type { JsonValue } from '@cometkit/core';
import type { PublishOptions } from '../client-types.ts';
import { ClientError, type Failure } from '../errors.ts';
import type { TransportName } from '../machine/choice.ts';
import { type Place, parsePlace } from '../machine/cursor.ts';
import type { ClientState } from '../machine/inputs.ts';
import { isAfter } from '../machine/tasks.ts';
import { Notices } from '../notices.ts';
import type { SubscribeOptions } from '../options.ts';
import { compilePattern, type Matching } from '../pattern.ts';
import { ClientSubscription } from '../subscription.ts';
import { Chain } from './chain.ts';
import type { Chained, FromLeader, Status } from './messages.ts';
import { Outgoing } from './outgoing.ts';
import { distribute, type Speaker, type Standing, tell } from './standing.ts';

/** What a tab is told at creation. */
export interface TabOptions extends Speaker {
  readonly matching: Matching;
  readonly queueLimit: number;
}

/**
 * One tab's view of the shared stream: its own subscriptions, its own place, and so its own judgement of what is a
 * repeat and what is missing, whoever leads.
 */
export class Tab {
  readonly notices: Notices = new Notices();
  readonly #options: TabOptions;
  readonly #standing = new Map<number, Standing>();
  readonly #outgoing = new Outgoing();
  readonly #chain: Chain;
  readonly #resumes: boolean;
  #status: Status = { state: 'connecting', transport: undefined, id: undefined, at: undefined };
  #leader: string | undefined;
  #welcome = false;
  #last = 0;
  #closed = false;

  constructor(options: TabOptions, resumeFrom: string | undefined) {
    this.#options = options;
    this.#chain = new Chain(parsePlace(resumeFrom));
    this.#resumes = resumeFrom !== undefined;
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
    return this.#chain.at?.text;
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
      lost: (gap) => this.notices.emit('gap', gap),
      guard: (run) => this.notices.guard(run),
    });
    // Before anybody leads it counts from the place that the page was rendered with.
    const active = this.#resumes && this.#leader === undefined;
    const wanted = { key, pattern, label, since, last, latest, active };
    const matcher = compilePattern(pattern, this.#options.matching);
    if (this.#closed || signal?.aborted) subscription.settle({ code: 'closed' });
    else {
      this.#standing.set(key, { wanted, matcher, subscription, active, told: false, from: undefined });
      if (this.#welcome) tell(this.#standing.values(), this.#options);
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
    this.notices.emit('state', 'closed');
  }

  /** Takes note that nobody leads, for all that this tab knows. */
  orphan(): void {
    this.#leader = undefined;
    this.#welcome = false;
  }

  /** Takes what the leader says. */
  take(message: FromLeader): void {
    if (this.#closed) return;
    // A leader that was here before this tab; one that this tab followed once is not heard any more.
    if (message.type === 'lead' || this.#leader === undefined) {
      this.#follow(message.leader);
      // What answers the question of a late tab may be the last word on the connection for long.
      if (message.type === 'status') this.#enter(message.status);
    } else if (message.leader !== this.#leader) return;
    else if (message.type === 'status') this.#enter(message.status);
    else if (message.type === 'item') this.#follows([message], false);
    else if (message.to !== this.#options.id) return;
    else if (message.type === 'welcome') this.#welcomed(message);
    else if (message.type === 'again') this.#follows(message.items, true);
    else if (message.type === 'ready') this.#ready(message);
    else if (message.type === 'over') this.#over(message.key, message.failure);
    else this.#outgoing.settle(message.key, message.failure);
  }

  #follow(leader: string): void {
    this.#leader = leader;
    this.#welcome = false;
    this.#chain.restart();
    this.#outgoing.orphan();
    for (const standing of this.#standing.values()) standing.told = true;
    const wanted = [...this.#standing.values()].map((one) => ({ ...one.wanted, active: one.active }));
    this.#options.say({ type: 'hello', tab: this.#options.id, at: this.cursor, wanted });
  }

  #welcomed({ at, restart }: Extract<FromLeader, { type: 'welcome' }>): void {
    this.#welcome = true;
    if (restart) this.#jump(parsePlace(at));
    this.#chain.adopt(at);
    tell(this.#standing.values(), this.#options);
    this.#outgoing.send(this.#options.say);
  }

  // The subscriptions get what they missed one by one; what nobody subscribed to is gone.
  #jump(to: Place | undefined): void {
    const { at } = this.#chain;
    for (const standing of this.#standing.values()) standing.active = false;
    this.#chain.at = to;
    if (at === undefined || to === undefined || !isAfter(to, at)) return;
    const [from, reason] = [at.position + 1, at.epoch === to.epoch ? 'expired' : 'epoch'] as const;
    this.notices.emit('gap', {
      kind: 'gap',
      from,
      to: to.position,
      cursor: to.text,
      reason,
      count: undefined,
    });
  }

  #enter(status: Status): void {
    const before = this.#status;
    this.#status = status;
    if (this.#welcome) this.#chain.adopt(status.at);
    this.notices.changed(before, status);
  }

  #follows(items: readonly Chained[], again: boolean): void {
    if (!this.#welcome) return;
    const missed = this.#chain.take(items, again, (item, place) => {
      if (item.kind === 'gap') this.notices.emit('gap', item);
      else this.notices.emit('event', item);
      distribute(this.#standing.values(), item, place);
    });
    if (missed) this.#options.say({ type: 'missed', tab: this.#options.id, at: this.cursor });
  }

  #ready({ key, sid, from, past }: Extract<FromLeader, { type: 'ready' }>): void {
    const standing = this.#standing.get(key);
    if (standing === undefined) return;
    if (this.#welcome) this.#chain.adopt(from);
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
    if (standing !== undefined && failure.code !== 'closed') this.notices.error(failure);
  }
}
