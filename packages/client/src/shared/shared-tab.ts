import { SessionClient } from '../client.ts';
import type { ClientEvents } from '../client-types.ts';
import type { TransportName } from '../machine/choice.ts';
import { type ClientOptions, resolveOptions } from '../options.ts';
import type { ClientRuntime } from '../runtime.ts';
import { Election } from './election.ts';
import { Leader } from './leader.ts';
import { type FromLeader, isFromLeader, type Message, type ToLeader } from './messages.ts';
import { type SharedPorts, systemPorts, type TabChannel } from './ports.ts';
import { Tab } from './tab.ts';

/** What a shared client can be told at creation. */
export interface SharedClientOptions extends ClientOptions {
  /** Tabs with the same name share a session. @defaultValue the URL */
  readonly name?: string | undefined;
  /** Locks and channel, for tests. @defaultValue the browser's; without them every tab has a session of its own */
  readonly ports?: SharedPorts | undefined;
}

/** One tab of those that share a session: it follows whoever leads, and leads when its turn comes. */
export class SharedTab {
  readonly #id: string;
  readonly #url: string;
  readonly #options: SharedClientOptions;
  readonly #name: string;
  readonly #ports: SharedPorts | undefined;
  readonly #tab: Tab;
  readonly #channel: TabChannel | undefined;
  readonly #election: Election | undefined;
  readonly #alive = new AbortController();
  #leader: Leader | undefined;
  #client: SessionClient | undefined;

  constructor(url: string, options: SharedClientOptions) {
    const { resumeFrom, matching, queueLimit, runtime } = resolveOptions(options);
    this.#id = wordOf(runtime);
    this.#url = url;
    this.#options = options;
    this.#name = `cometkit ${options.name ?? url}`;
    this.#ports = options.ports ?? systemPorts();
    this.#tab = new Tab({ id: this.#id, matching, queueLimit, say: (said) => this.#say(said) }, resumeFrom);
    this.#channel = this.#ports?.openChannel(this.#name);
    if (this.#channel) this.#channel.onmessage = ({ data }) => this.#hear(data as Message);
    if (this.#ports === undefined) this.#lead();
    else {
      this.#election = new Election(this.#ports.locks, this.#name, {
        ask: () => this.#say({ type: 'ping' }),
        elected: () => this.#lead(),
        deposed: () => this.#stop(),
      });
      this.#holdOn(this.#ports);
      this.#election.stand();
      this.#say({ type: 'ping' });
      this.#watchPage();
    }
  }

  get leads(): boolean {
    return this.#leader !== undefined;
  }

  get state(): Tab['state'] {
    return this.#tab.state;
  }

  get transport(): Tab['transport'] {
    return this.#tab.transport;
  }

  get id(): Tab['id'] {
    return this.#tab.id;
  }

  get cursor(): Tab['cursor'] {
    return this.#tab.cursor;
  }

  subscribe(...args: Parameters<Tab['subscribe']>): ReturnType<Tab['subscribe']> {
    return this.#tab.subscribe(...args);
  }

  publish(...args: Parameters<Tab['publish']>): ReturnType<Tab['publish']> {
    return this.#tab.publish(...args);
  }

  use(transport: TransportName | 'auto'): void {
    this.#say({ type: 'use', transport });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#tab.close();
    this.#election?.resign();
    this.#stop();
    this.#alive.abort();
    this.#channel?.close();
    await client?.close();
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void {
    this.#tab.notices.events.on(name, listener as never);
  }

  off<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void {
    this.#tab.notices.events.off(name, listener as never);
  }

  #lead(): void {
    this.#leader = new Leader({
      say: (said) => this.#announce({ ...said, leader: this.#id } as FromLeader),
      connect: (resumeFrom) => this.#connect(resumeFrom),
      watch: (tab, gone) => this.#watchTab(tab, gone),
    });
    this.#leader.start();
  }

  #stop(): void {
    if (this.#leader === undefined) return;
    this.#leader.stop();
    this.#leader = this.#client = undefined;
    this.#tab.orphan();
    this.#say({ type: 'ping' });
  }

  #connect(resumeFrom: string | undefined): SessionClient {
    const client = new SessionClient(this.#url, resolveOptions({ ...this.#options, resumeFrom }));
    client.on('reconnecting', (...args) => this.#tab.notices.emit('reconnecting', ...args));
    client.on('wire', (event) => this.#tab.notices.emit('wire', event));
    client.on('error', (error) => this.#tab.notices.emit('error', error));
    this.#client = client;
    return client;
  }

  // To whoever leads: here, or in another tab.
  #say(said: ToLeader): void {
    if (this.#leader !== undefined) this.#leader.take(said);
    else this.#channel?.postMessage(said);
  }

  #announce(said: FromLeader): void {
    this.#channel?.postMessage(said);
    this.#tab.take(said);
  }

  #hear(message: Message): void {
    if (!isFromLeader(message)) {
      this.#leader?.take(message);
      return;
    }
    this.#election?.heard();
    // One that led and was frozen does not know yet that it leads no more.
    if (this.#leader === undefined) this.#tab.take(message);
  }

  // A lock that ends with this tab: so the leader learns that it has gone.
  #holdOn({ locks }: SharedPorts): void {
    const { signal } = this.#alive;
    const held = (): Promise<void> =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    locks.request(`${this.#name} ${this.#id}`, { signal }, held).catch(() => undefined);
  }

  #watchTab(tab: string, gone: () => void): void {
    if (tab === this.#id) return;
    const { signal } = this.#alive;
    const held = async (): Promise<void> => gone();
    this.#ports?.locks.request(`${this.#name} ${tab}`, { signal }, held).catch(() => undefined);
  }

  // A page that goes into the back/forward cache would keep the lead and do nothing with it.
  #watchPage(): void {
    const { addEventListener } = globalThis as Partial<typeof globalThis>;
    const { signal } = this.#alive;
    for (const type of ['pagehide', 'freeze'])
      addEventListener?.(type, () => this.#election?.resign(), { signal });
    for (const type of ['pageshow', 'resume'])
      addEventListener?.(type, () => this.#election?.stand(), { signal });
  }
}

function wordOf(runtime: ClientRuntime): string {
  return [1, 2, 3].map(() => Math.floor(runtime.random() * 2 ** 32).toString(36)).join('');
}
