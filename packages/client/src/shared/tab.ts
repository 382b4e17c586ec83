import type { JsonValue } from '@cometkit/core';
import type { PublishOptions } from '../client-types.ts';
import { ClientError, type Failure } from '../errors.ts';
import { type Cursor, parseCursor } from '../machine/cursor.ts';
import { endOn, messageOf, outcome, questionOf } from '../message.ts';
import { Notices } from '../notices.ts';
import type { SubscribeOptions } from '../options.ts';
import { compilePattern, type Matching } from '../pattern.ts';
import { ClientSubscription } from '../subscription.ts';
import { GapCheck } from './gap-check.ts';
import { type Chained, connecting, type FromLeader, type Status } from './messages.ts';
import { Outgoing } from './outgoing.ts';
import { distribute, type Speaker, type TabSubscription, tell } from './tab-subscriptions.ts';

/** Options of a tab. */
export interface TabOptions extends Speaker {
  readonly matching: Matching;
  readonly queueLimit: number;
  /** Called when this tab was refused, and goes on because another was let in. */
  revived(): void;
}

/**
 * One tab's view of the shared stream: its own subscriptions, its own place, and so its own judgement of what is a
 * repeat and what is missing, whichever tab leads.
 */
export class Tab {
  readonly notices: Notices = new Notices();
  /** How the shared connection is, for all that this tab knows. */
  status: Status = connecting;
  readonly #options: TabOptions;
  readonly #subscriptions = new Map<number, TabSubscription>();
  readonly #outgoing = new Outgoing();
  readonly #gapCheck: GapCheck;
  readonly #resumes: boolean;
  #leader: string | undefined;
  #welcome = false;
  #last = 0;
  // Why it is closed: `closed` by the application, or refused by the server.
  #closed: Failure | undefined;

  constructor(options: TabOptions, resumeFrom: string | undefined) {
    this.#options = options;
    this.#gapCheck = new GapCheck(parseCursor(resumeFrom));
    this.#resumes = resumeFrom !== undefined;
  }

  get cursor(): string | undefined {
    return this.#gapCheck.at?.text;
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): ClientSubscription {
    const key = ++this.#last;
    const { label, since, last, latest, conflate, signal } = options;
    const subscription = new ClientSubscription(pattern, options, {
      queueLimit: this.#options.queueLimit,
      ended: () => {
        this.#subscriptions.delete(key);
        this.#options.say({ type: 'drop', tab: this.#options.id(), key });
      },
      lost: (gap) => this.notices.emit('gap', gap),
      guard: (run) => this.notices.guard(run),
    });
    // Before anybody leads it counts from the place that the page was rendered with.
    const active = this.#resumes && this.#leader === undefined;
    const wanted = { key, pattern, label, since, last, latest, conflate, active };
    const matcher = compilePattern(pattern, this.#options.matching);
    this.#subscriptions.set(key, { wanted, matcher, subscription, active, reported: false, from: undefined });
    endOn(signal, subscription);
    // It stands for the next opening.
    if (this.#closed && !subscription.closed) subscription.settle(this.#closed);
    else if (this.#welcome) tell(this.#subscriptions.values(), this.#options);
    return subscription;
  }

  async publish(subject: string, data: JsonValue, options: PublishOptions = {}): Promise<void> {
    // As JSON carries it: what goes to another tab is copied in another way.
    const copy = messageOf(subject, data, options)['data'] as JsonValue;
    await this.#send({ subject, data: copy, to: options.to }, options.signal);
  }

  /** Sends a request over the tab that leads. */
  async request(
    subject: string,
    data: JsonValue,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<JsonValue> {
    const copy = questionOf(subject, data)['data'] as JsonValue;
    return this.#send({ subject, data: copy, to: undefined, timeoutMs }, signal);
  }

  async #send(said: Parameters<Outgoing['add']>[2], signal: AbortSignal | undefined): Promise<JsonValue> {
    signal?.throwIfAborted();
    if (this.#closed) throw new ClientError({ code: 'closed' });
    const key = ++this.#last;
    const [outgoing, { say, id }] = [this.#outgoing, this.#options];
    let answer: JsonValue = null;
    await outcome(signal, ({ settle }) => {
      outgoing.add(key, id(), said, (failure, value = null) => {
        answer = value;
        settle(failure);
      });
      if (this.#welcome) outgoing.send(say);
      return () => outgoing.abort(key, say);
    });
    return answer;
  }

  /** Gives the messages back and interrupts the subscriptions, until it is opened or another tab is let in. */
  close(failure: Failure): void {
    const before = this.status;
    this.#closed = failure;
    this.status = { ...connecting, state: 'closed' };
    this.orphan();
    this.#outgoing.close(failure);
    for (const { subscription } of [...this.#subscriptions.values()]) subscription.settle(failure);
    this.notices.changed(before, this.status);
  }

  /** Opens it again. */
  open(): void {
    this.#renew();
    this.status = connecting;
    this.notices.emit('state', 'connecting');
  }

  /** Takes note that nobody leads, for all that this tab knows. */
  orphan(): void {
    this.#leader = undefined;
    this.#welcome = false;
  }

  /** Takes what the leader says. */
  take(message: FromLeader): void {
    if (this.#closed) {
      // Refused itself, it goes on when another tab was let in, with cookies or headers of its own; not while that one tries.
      const letIn = message.type === 'status' && /^(open|rec)/.test(message.status.state);
      if (this.#closed.code === 'closed' || !letIn) return;
      this.#renew();
      this.#options.revived();
    }
    // A leader that was here before this tab; one that this tab followed once is not heard any more.
    if (message.type === 'lead' || this.#leader === undefined) {
      this.#follow(message.leader);
      // What answers the question of a late tab may be the last word on the connection for long.
      if (message.type === 'status') this.#enter(message.status);
    } else if (message.leader !== this.#leader) return;
    else if (message.type === 'status') this.#enter(message.status);
    else if (message.type === 'item') this.#follows([message], false);
    else if (message.to !== this.#options.id()) return;
    else if (message.type === 'welcome') this.#welcomed(message);
    else if (message.type === 'again') this.#follows(message.items, true);
    else if (message.type === 'ready') this.#ready(message);
    else if (message.type === 'over') this.#over(message.key, message.failure);
    else this.#outgoing.settle(message.key, message.failure, message.value);
  }

  #renew(): void {
    this.#closed = undefined;
    for (const { subscription } of this.#subscriptions.values()) subscription.renew();
  }

  #follow(leader: string): void {
    this.#leader = leader;
    this.#welcome = false;
    this.#gapCheck.restart();
    this.#outgoing.orphan();
    for (const one of this.#subscriptions.values()) one.reported = true;
    const wanted = [...this.#subscriptions.values()].map((one) => ({ ...one.wanted, active: one.active }));
    this.#options.say({ type: 'hello', tab: this.#options.id(), at: this.cursor, wanted });
  }

  #welcomed({ at, restart }: Extract<FromLeader, { type: 'welcome' }>): void {
    this.#welcome = true;
    if (restart) this.#jump(parseCursor(at));
    this.#gapCheck.adopt(at);
    tell(this.#subscriptions.values(), this.#options);
    this.#outgoing.send(this.#options.say);
  }

  // The subscriptions get what they missed one by one; what nobody subscribed to is gone.
  #jump(to: Cursor | undefined): void {
    for (const one of this.#subscriptions.values()) one.active = false;
    const gap = this.#gapCheck.jump(to);
    if (gap) this.notices.emit('gap', gap);
  }

  #enter(status: Status): void {
    const before = this.status;
    this.status = status;
    if (this.#welcome) this.#gapCheck.adopt(status.at);
    this.notices.changed(before, status);
  }

  #follows(items: readonly Chained[], again: boolean): void {
    if (!this.#welcome) return;
    const missed = this.#gapCheck.take(items, again, (item, place) => {
      if (item.kind === 'gap') this.notices.emit('gap', item);
      else this.notices.emit('event', item);
      distribute(this.#subscriptions.values(), item, place, this.status.id);
    });
    if (missed) this.#options.say({ type: 'missed', tab: this.#options.id(), at: this.cursor });
  }

  #ready({ key, sid, from, past }: Extract<FromLeader, { type: 'ready' }>): void {
    const one = this.#subscriptions.get(key);
    if (one === undefined) return;
    if (this.#welcome) this.#gapCheck.adopt(from);
    if (!one.active) {
      one.from = parseCursor(from);
      for (const item of past) {
        if (item.kind === 'gap') this.notices.emit('gap', item, true);
        one.subscription.take(item);
      }
    }
    one.active = true;
    one.subscription.settle(undefined, sid, from);
  }

  #over(key: number, failure: Failure): void {
    const one = this.#subscriptions.get(key);
    this.#subscriptions.delete(key);
    one?.subscription.release?.();
    one?.subscription.settle(failure);
    if (one !== undefined && failure.code !== 'closed') this.notices.error(failure);
  }
}
