import type { Connection, Connections, ConnectionsOptions, Peer } from '@cometkit/handler';
import { MemoryOutlet } from '@cometkit/testkit';
import type { Stage } from './kit.ts';

/** What a client at the other end of a connection got. */
export type Heard = Readonly<Record<string, unknown>> & { readonly type: string };

/** A peer of whom nothing is known. */
export const nobody: Peer = {
  path: '/push',
  header: () => undefined,
  address: '192.0.2.1',
  secure: false,
  native: undefined,
};

/** A client on a connection of JSON lines in memory. */
export class Caller {
  readonly outlet: MemoryOutlet = new MemoryOutlet();
  readonly connection: Connection;
  #read = 0;

  constructor(connections: Connections, peer: Partial<Peer> = {}) {
    this.connection = connections.open(this.outlet, { ...nobody, ...peer });
  }

  /** Sends a command. @returns what came back at once. */
  readonly says = (event: string, fields: Readonly<Record<string, unknown>> = {}): Heard[] => {
    this.connection.receive(JSON.stringify({ type: event, ...fields }));
    return this.hears();
  };

  /** Everything that came since it was asked last. */
  readonly hears = (): Heard[] => {
    const text = this.outlet.text.slice(this.#read);
    this.#read += text.length;
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Heard);
  };
}

/** Makes callers of one server. */
export function callers(stage: Stage, options: Partial<ConnectionsOptions> = {}) {
  const connections = stage.handler.connections({ syntax: 'json', ...options });
  return {
    connections,
    call: (peer: Partial<Peer> = {}): Caller => new Caller(connections, peer),
  };
}

/** The names of the events. */
export function names(heard: readonly Heard[]): string[] {
  return heard.map((event) => event.type);
}
