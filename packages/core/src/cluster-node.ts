import { adopt } from './adoption.ts';
import type { ClusterHost } from './cluster-host.ts';
import { parseCursor } from './cursor.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Cluster, EngineState } from './engine-port.ts';
import type { Changed, HubCluster, SessionChange, SessionParts } from './hub-cluster.ts';
import type { RemotePublisher } from './remote-publisher.ts';
import type { Session } from './session.ts';
import { checkChange } from './session-changes.ts';
import type { TailLog } from './tail-log.ts';
import { TailReader } from './tail-reader.ts';

interface Waiter {
  readonly text: string;
  readonly until: number;
  readonly done: (came: boolean) => void;
}

// A cursor of an unknown life may be of one that begins this moment; as a rule it is an old one.
const unknownLifeMs = 250;

/** What the parts of a node are. */
interface NodeParts {
  readonly engine: ClusterHost;
  readonly cluster: Cluster;
  readonly log: TailLog;
  readonly publisher: RemotePublisher;
  readonly dispatcher: Dispatcher;
}

/** One node of a cluster: follows the log, takes in sessions of other nodes and changes them everywhere. */
export class ClusterNode implements HubCluster {
  readonly node: string;
  #state: EngineState = 'behind';
  #started: Promise<void> | undefined = undefined;
  #waiters: Waiter[] = [];
  readonly #parts: NodeParts;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.node = parts.cluster.node;
  }

  get state(): EngineState {
    return this.#state;
  }

  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  settled(): Promise<void> {
    return this.#parts.publisher.outgoing.settled();
  }

  reach(text: string, waitMs: number): Promise<boolean> {
    if (this.#isHere(text)) return Promise.resolve(true);
    const until = this.#parts.engine.now() + (this.#isAhead(text) ? waitMs : Math.min(waitMs, unknownLifeMs));
    return new Promise((done) => this.#waiters.push({ text, until, done }));
  }

  adopt(parts: SessionParts): Session {
    return adopt(this.#parts.engine, this.#parts.log, parts);
  }

  park(session: Session): void {
    this.#parts.engine.park(session, 'superseded');
  }

  async change(session: string, change: SessionChange): Promise<Changed> {
    checkChange(session, change);
    return this.#parts.publisher.change(session, change);
  }

  /** Ends waiting that is in vain, and tries again what has failed. `now` is in monotonic milliseconds. */
  tick(now: number): void {
    this.#parts.publisher.outgoing.tick(now);
    this.#release(
      ({ until }) => until <= now,
      (text) => !this.#isAhead(text),
    );
  }

  close(): void {
    this.#parts.publisher.close();
    this.#release(
      () => true,
      () => false,
    );
  }

  async #start(): Promise<void> {
    const { engine, log, dispatcher, cluster, publisher } = this.#parts;
    const { outgoing } = publisher;
    const moved = () => this.#moved();
    const state = (to: EngineState) => this.#turn(to);
    await cluster.log.start(new TailReader({ engine, log, dispatcher, outgoing, moved, state }));
    outgoing.start();
  }

  #turn(state: EngineState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#parts.engine.events.emit('engine', state);
  }

  #check(text: string): string {
    const cursor = parseCursor(text);
    return cursor === undefined ? 'fork' : this.#parts.log.check(cursor);
  }

  // Positions rise from life to life: a life that is not known here may be one that begins.
  #isAhead(text: string): boolean {
    const found = this.#check(text);
    const position = parseCursor(text)?.position ?? 0;
    return found === 'ahead' || (found === 'epoch' && position > this.#parts.log.tail);
  }

  #isHere(text: string): boolean {
    const found = this.#check(text);
    return found !== 'ahead' && found !== 'epoch';
  }

  #moved(): void {
    if (this.#waiters.length === 0) return;
    this.#release(
      ({ text }) => this.#isHere(text),
      () => true,
    );
  }

  #release(test: (waiter: Waiter) => boolean, verdict: (text: string) => boolean): void {
    const over = this.#waiters.filter(test);
    if (over.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !over.includes(waiter));
    for (const { text, done } of over) done(verdict(text));
  }
}
