import type { JsonValue } from '@cometkit/core';
import type { Effect, Effects, Input } from '../../packages/client/src/machine/inputs.ts';
import { deadline, step } from '../../packages/client/src/machine/machine.ts';
import { createState, type State, type StateOptions } from '../../packages/client/src/machine/state.ts';
import type { TransportName } from '../../packages/client/src/machine/transport-selector.ts';
import type { WireEvent, WireFields } from '../../packages/client/src/machine/wire.ts';

/** A cursor of the test's log. */
export function cur(position: number, epoch = 'e', tag = `t${position}`): string {
  return `${epoch}-${position.toString(36)}-${tag}`;
}

/** An event as a decoder gives it. */
export function wire(event: string, fields: Record<string, JsonValue> = {}): WireEvent {
  return { event, fields: new Map(Object.entries(fields)) };
}

/** A data event at a position. */
export function data(position: number, subject = '/a', epoch = 'e'): WireEvent {
  return wire('data', { subject: subject, cursor: cur(position, epoch), time: 1.5, data: position });
}

/** A gap that ends at a position. */
export function gap(from: number, to: number, reason = 'trimmed', epoch = 'e'): WireEvent {
  return wire('gap', { from: from, to: to, reason: reason, cursor: cur(to, epoch) });
}

/** A request that the machine sent. */
export interface Sent {
  readonly requestId: number;
  readonly transport: TransportName | 'control';
  readonly fields: WireFields;
  /** Units: virtual milliseconds. */
  readonly at: number;
  /** True once the machine gave it up or the test ended it. */
  over: boolean;
}

/** The pure machine with a scripted server and virtual time. */
export class Stage {
  readonly state: State;
  now = 0;
  readonly sent: Sent[] = [];
  readonly effects: Effect[] = [];
  #tasks = 0;

  constructor(options: Partial<StateOptions> = {}) {
    const transports: TransportName[] = ['stream', 'long-poll', 'poll'];
    this.state = createState({ clientId: 'word', seed: 7, now: 0, transports, ...options });
  }

  /** Feeds an input now. */
  take(...input: Input): this {
    for (const effect of step(this.state, input, this.now)) {
      this.effects.push(effect);
      if (effect[0] === 'open') {
        const [, requestId, transport, fields] = effect;
        this.sent.push({ requestId, transport, fields, at: this.now, over: false });
      } else if (effect[0] === 'abort') this.#close(effect[1]);
    }
    return this;
  }

  /** Lets time pass, with a tick whenever the machine wants one. */
  pass(ms: number): this {
    const until = this.now + ms;
    for (;;) {
      const next = deadline(this.state);
      if (this.state.phase === 'closed' || next > until) break;
      this.now = next;
      this.take('tick');
    }
    this.now = until;
    return this;
  }

  /** The open request of the data channel. */
  get channel(): Sent | undefined {
    return this.sent.findLast((one) => one.transport !== 'control' && !one.over);
  }

  /** The open control request. */
  get control(): Sent | undefined {
    return this.sent.findLast((one) => one.transport === 'control' && !one.over);
  }

  /** What was asked so far, in order. */
  get asked(): unknown[] {
    return this.sent.map((one) => one.fields['type']);
  }

  /** Brings events over the data channel. */
  hears(...events: WireEvent[]): this {
    return this.take('data', this.#open(this.channel).requestId, events);
  }

  /** Brings events as the whole answer to the control request. */
  answers(...events: WireEvent[]): this {
    const { requestId } = this.#open(this.control);
    return this.take('data', requestId, events).ends(requestId);
  }

  /** Ends a request: cleanly, or with a failure. */
  ends(requestId: number, failure?: Effects['settled'][1]): this {
    this.#close(requestId);
    return this.take('end', requestId, failure);
  }

  /** Cuts the data channel, and waits for the next one where it comes within the first pause. */
  cut(failure: Effects['settled'][1] = { code: 'unreachable' }): this {
    this.cuts(failure);
    for (let ms = 0; ms < 700 && this.channel === undefined; ms += 10) this.pass(10);
    return this;
  }

  /** Cuts the data channel. */
  cuts(failure: Effects['settled'][1] = { code: 'unreachable' }): this {
    return this.ends(this.#open(this.channel).requestId, failure);
  }

  /** Fails the control request. */
  fails(failure: Effects['settled'][1] = { code: 'unreachable' }): this {
    return this.ends(this.#open(this.control).requestId, failure);
  }

  /** Lets the server accept the join that is under way. */
  joins(position = 0, id = 'me'): this {
    return this.answers(wire('join-ack', { session: id, key: `${id}-key`, cursor: cur(position) }));
  }

  /** Lets the server accept the listen that is under way. */
  listens(position = this.state.at?.position ?? 0): this {
    return this.hears(wire('listen-ack', { cursor: cur(position) }));
  }

  /** Subscribes as the application does. @returns the subscription's number. */
  subscribes(pattern = '/a', more: WireFields = {}): number {
    this.#tasks += 1;
    this.take('subscribe', this.#tasks, pattern, { type: 'subscribe', subject: pattern, ...more });
    return this.#tasks;
  }

  /** Lets the server accept the subscription that is asked for. */
  accepts(sid = 's1', from = this.state.at?.position ?? 0): this {
    return this.answers(wire('subscribe-ack', { subscription: sid, from: cur(from) }));
  }

  /** Publishes as the application does. @returns the message's number. */
  publishes(data: JsonValue = 1): number {
    this.#tasks += 1;
    this.take('publish', this.#tasks, { type: 'publish', subject: '/a', data });
    return this.#tasks;
  }

  /** A client that listens, with one subscription that the server knows as `s1`. */
  static open(options: Partial<StateOptions> = {}): Stage {
    const stage = new Stage(options).take('tick').joins();
    stage.subscribes();
    stage.listens();
    return stage.settleControl();
  }

  /** Answers whatever is asked over the control channel until nothing is. */
  settleControl(): this {
    for (let sid = 1; this.control !== undefined; sid += 1) {
      const kind = this.control.fields['type'];
      if (kind === 'subscribe') this.accepts(`s${sid}`);
      else this.answers(wire(`${String(kind)}-ack`));
    }
    return this;
  }

  /** The arguments of every effect of a name. */
  every<Name extends keyof Effects>(name: Name): Effects[Name][] {
    return this.effects
      .filter((effect) => effect[0] === name)
      .map(([, ...args]) => args as unknown as Effects[Name]);
  }

  /** Positions handed to a subscription; a gap as `from-to`. */
  got(requestId = 1): (number | string)[] {
    return this.every('deliver')
      .filter(([to]) => to === requestId)
      .map(([, item]) => (item.kind === 'data' ? item.position : `${item.from}-${item.to}`));
  }

  #open(sent: Sent | undefined): Sent {
    if (sent === undefined) throw new Error(`nothing is open; asked: ${this.asked.join(', ')}`);
    return sent;
  }

  #close(requestId: number): void {
    const sent = this.sent.find((one) => one.requestId === requestId);
    if (sent !== undefined) sent.over = true;
  }
}
