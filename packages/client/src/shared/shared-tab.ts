import type { JsonValue } from '@cometkit/core';
import { checkOptions } from '@cometkit/core/check-options';
import type { SessionClient } from '../client.ts';
import type { ClientEvents } from '../client-types.ts';
import { ClientError, type Failure } from '../errors.ts';
import type { ClientState } from '../machine/inputs.ts';
import type { TransportName } from '../machine/transport-selector.ts';
import { type ClientOptions, resolveOptions } from '../options.ts';
import { type ClientStream, type StreamOptions, streamOf } from '../produced-stream.ts';
import { longestMs, type RequestOptions, requestRules, usualMs } from '../requests.ts';
import type { ClientRuntime } from '../runtime.ts';
import { connect } from './connection.ts';
import { Election } from './election.ts';
import { Leader } from './leader.ts';
import { type FromLeader, isFromLeader, type Message, type ToLeader } from './messages.ts';
import { type SharedPorts, systemPorts, warnOfNoPorts } from './ports.ts';
import { nameTab, Presence } from './presence.ts';
import { type SharedClientOptions, sharedRules } from './shared-options.ts';
import { Tab } from './tab.ts';

/** One tab of those that share a session: it follows the leader, or is elected leader. */
export class SharedTab {
  readonly #url: string;
  readonly #options: ClientOptions;
  readonly #name: string;
  readonly #runtime: ClientRuntime;
  readonly #tab: Tab;
  readonly subscribe: Tab['subscribe'];
  readonly publish: Tab['publish'];
  #id = '';
  #ports: SharedPorts | undefined;
  #presence: Presence | undefined;
  #election: Election | undefined;
  #leader: Leader | undefined;
  #wanted: TransportName | 'auto' | undefined;
  #left = false;

  constructor(url: string, options: SharedClientOptions) {
    const { resumeFrom, matching, queueLimit, runtime } = resolveOptions(options, sharedRules);
    this.#url = url;
    const { name = url, ports, ...rest } = options;
    this.#options = rest;
    this.#name = `cometkit ${name}`;
    this.#runtime = runtime;
    this.#ports = ports ?? systemPorts();
    const speaker = { id: () => this.#id, say: (said: ToLeader) => this.#say(said) };
    const revived = (): void => this.#election?.stand();
    this.#tab = new Tab({ ...speaker, matching, queueLimit, revived }, resumeFrom);
    this.subscribe = this.#tab.subscribe.bind(this.#tab);
    this.publish = this.#tab.publish.bind(this.#tab);
    this.#enter();
    if (this.#ports === undefined) warnOfNoPorts(this.#runtime, this.#tab.notices);
  }

  /** @internal Keeps Vue from wrapping it in a proxy, which private members cannot be read through. */
  get __v_skip(): true {
    return true;
  }

  async request(subject: string, data: JsonValue, options: RequestOptions = {}): Promise<JsonValue> {
    checkOptions(options, requestRules);
    const { timeoutMs = usualMs, signal } = options;
    signal?.throwIfAborted();
    const over = new AbortController();
    const aborted = (): void => over.abort(signal?.reason);
    signal?.addEventListener('abort', aborted);
    // Also where no tab leads that would count the time.
    const late = this.#runtime.setTimer(
      () => over.abort(new ClientError({ code: 'timeout' })),
      Math.min(timeoutMs, longestMs),
    );
    try {
      return await this.#tab.request(subject, data, timeoutMs, over.signal);
    } finally {
      this.#runtime.clearTimer(late);
      signal?.removeEventListener('abort', aborted);
    }
  }

  stream(subject: string, options: StreamOptions = {}): ClientStream {
    return streamOf(this, subject, options);
  }

  get leads(): boolean {
    return this.#leader !== undefined;
  }

  get state(): ClientState {
    return this.#tab.status.state;
  }

  get transport(): TransportName | undefined {
    return this.#tab.status.transport;
  }

  get id(): string | undefined {
    return this.#tab.status.id;
  }

  get cursor(): string | undefined {
    return this.#tab.cursor;
  }

  use(transport: TransportName | 'auto'): void {
    const said: ToLeader = { type: 'use', transport };
    this.#presence?.say(said);
    this.#hear(said);
  }

  async close(): Promise<void> {
    const leader = this.#leader;
    this.#say({ type: 'bye', tab: this.#id });
    this.#tab.close({ code: 'closed' });
    this.#left = true;
    this.#election?.resign();
    this.#stop();
    this.#presence?.end();
    await leader?.stop();
  }

  open(): void {
    if (this.state !== 'closed') return;
    this.#tab.open();
    if (this.#left) this.#enter();
    else this.#stand();
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void {
    this.#tab.notices.events.on(name, listener as never);
  }

  off<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void {
    this.#tab.notices.events.off(name, listener as never);
  }

  #enter(): void {
    this.#left = false;
    this.#id = nameTab(this.#runtime);
    try {
      if (this.#ports !== undefined) this.#join(this.#ports);
    } catch {
      // A page of an opaque origin has both, and may use neither.
      this.#ports = undefined;
    }
    this.#stand();
  }

  #join(ports: SharedPorts): void {
    this.#presence = new Presence(this.#id, this.#name, ports, {
      hear: (message) => this.#hear(message),
      away: () => this.#election?.resign(),
      back: () => this.state !== 'closed' && this.#election?.stand(),
    });
    this.#election = new Election(ports.locks, this.#name, {
      ask: () => this.#say({ type: 'ping' }),
      elected: () => this.#lead(),
      deposed: () => this.#stop(),
      unavailable: () => this.#part(),
    });
  }

  // To be one of the tabs: asks who leads, and waits for its turn.
  #stand(): void {
    if (this.#ports === undefined) this.#lead();
    else {
      this.#election?.stand();
      this.#say({ type: 'ping' });
    }
  }

  // This tab has no part in the locks, so it has a session of its own.
  #part(): void {
    this.#presence?.end();
    this.#presence = this.#election = this.#ports = undefined;
    this.#tab.orphan();
    this.#lead();
    warnOfNoPorts(this.#runtime, this.#tab.notices);
  }

  #lead(): void {
    this.#leader = new Leader({
      say: (said) => this.#announce({ ...said, leader: this.#id } as FromLeader),
      connect: (resumeFrom) => this.#connect({ ...this.#options, resumeFrom }),
      refused: (failure) => this.#refused(failure),
      watch: (tab, gone) => this.#presence?.watch(tab, gone),
    });
    this.#leader.start();
  }

  #connect(options: ClientOptions): SessionClient {
    const client = connect(this.#url, options, this.#tab.notices);
    if (this.#wanted) client.use(this.#wanted);
    return client;
  }

  // Nobody leads with a connection that was refused: the next tab tries, with its own cookies and headers.
  #refused(failure: Failure): void {
    this.#tab.close(failure);
    this.#election?.resign();
    this.#stop();
  }

  #stop(): void {
    if (this.#leader === undefined) return;
    void this.#leader.stop();
    this.#leader = undefined;
    this.#tab.orphan();
    this.#say({ type: 'ping' });
  }

  // To the leader: here, or in another tab.
  #say(said: ToLeader): void {
    if (this.#leader) this.#leader.take(said);
    else this.#presence?.say(said);
  }

  #announce(said: FromLeader): void {
    this.#presence?.say(said);
    this.#tab.take(said);
  }

  #hear(message: Message): void {
    // Every tab keeps it in mind for its own turn.
    if (message.type === 'use') this.#wanted = message.transport;
    if (!isFromLeader(message)) {
      this.#leader?.take(message);
      return;
    }
    this.#election?.heard();
    // One that led and was frozen does not know yet that it leads no more.
    if (this.#leader === undefined) this.#tab.take(message);
  }
}
