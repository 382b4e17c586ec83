import { type Client, type ClientItem, createClient } from '@cometkit/client';
import { eventSource, type Transport } from '@cometkit/client/transports';
import { EventSource } from 'eventsource';
import { type Handed, judge, type Verdict } from '../sim/oracle.ts';
import type { FaultServer } from './server.ts';

/** The transports that there are in Node. */
export const transportNames = ['stream', 'long-poll', 'poll', 'event-source'] as const;

/** One of them. */
export type NodeTransport = (typeof transportNames)[number];

/** The real client, and a record of all that it handed over. */
export class Reader {
  readonly client: Client;
  readonly ready: Promise<void>;
  readonly handed: Handed[] = [];
  /** From publish to hand-over of each event. Units: ms. */
  readonly delays: number[] = [];
  /** What became of its own messages. */
  readonly messages = new Map<string, 'open' | 'accepted' | 'unconfirmed'>();
  readonly moves: string[] = [];
  last: number | string = 0;
  #listener: ((item: ClientItem) => void) | undefined;

  constructor(port: number, order: readonly NodeTransport[]) {
    const url = `http://127.0.0.1:${port}/push`;
    this.client = createClient(url, { transports: order.map(transportOf) });
    this.client.on('transport', (name, why) => this.moves.push(`${name} ${why}`));
    const subscription = this.client.subscribe('/a', { gaps: true });
    subscription.on((item) => this.#take(item));
    this.ready = subscription.ready;
  }

  /** Calls back for each item. */
  watch(listener: ((item: ClientItem) => void) | undefined): void {
    this.#listener = listener;
  }

  publish(id: string): void {
    this.messages.set(id, 'open');
    this.client.publish('/a/own', { id, at: performance.now() }).then(
      () => this.messages.set(id, 'accepted'),
      () => this.messages.set(id, 'unconfirmed'),
    );
  }

  /** Judges what was handed over against what the server's log took in. */
  verdict(server: FaultServer): Verdict {
    const verdict = judge(server.accepted, this.handed, [server.epoch]);
    return { ...verdict, problems: [...verdict.problems, ...this.#unsettled(server)] };
  }

  #take(item: ClientItem): void {
    if (item.kind === 'data') {
      const { id, at } = item.data as { id: number | string; at: number };
      this.last = id;
      this.delays.push(performance.now() - at);
      this.handed.push({ kind: 'data', id, cursor: item.cursor });
    } else this.handed.push(item);
    this.#listener?.(item);
  }

  #unsettled(server: FaultServer): string[] {
    const problems: string[] = [];
    for (const [id, fate] of this.messages) {
      const times = server.accepted.filter((event) => event.id === id).length;
      if (times > 1) problems.push(`message ${id} was accepted ${times} times`);
      if (fate === 'accepted' && times === 0) problems.push(`message ${id} is lost`);
      if (fate === 'open') problems.push(`message ${id} was never settled`);
    }
    return problems;
  }
}

function transportOf(name: NodeTransport): Transport | 'stream' | 'long-poll' | 'poll' {
  return name === 'event-source' ? eventSource(EventSource) : name;
}
