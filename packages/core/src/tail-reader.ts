import { engineGap } from './backlog.ts';
import type { ClusterHost } from './cluster-host.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { EngineState, Frame, FrameEntry, LogSink } from './engine-port.ts';
import type { CometEvent, Gap } from './event.ts';
import type { LogWatcher } from './hub-cluster.ts';
import type { Outgoing } from './outgoing.ts';
import type { Session } from './session.ts';
import { applyChange, applyToAll, isChange } from './session-changes.ts';
import type { ControlEntry, TailLog } from './tail-log.ts';

/** What the reader of the tail feeds. */
export interface Fed {
  readonly engine: ClusterHost;
  readonly log: TailLog;
  readonly dispatcher: Dispatcher;
  readonly outgoing: Outgoing;
  readonly watchers: readonly LogWatcher[];
  /** Called when the tail has moved. */
  moved(): void;
  state(state: EngineState): void;
}

/** Feeds what the engine gives into the replica of the log, and from there to the sessions of this node. */
export class TailReader implements LogSink {
  readonly #fed: Fed;
  /** True while a change of a session is made. */
  applying = false;
  #begun = false;

  constructor(fed: Fed) {
    this.#fed = fed;
  }

  accept(frame: Frame): void {
    const { engine, outgoing } = this.#fed;
    const entries = frame.entries.map((entry, index) => this.#take(frame, entry, frame.first + index));
    if (frame.node === engine.cluster?.node) outgoing.cameBack(frame.seq, entries);
    this.#moved();
  }

  hole(from: number, to: number): void {
    const { log, engine } = this.#fed;
    if (to <= log.tail) return;
    const hole = log.lose(Math.max(from, log.tail + 1), to, engine.now());
    this.#tellAll(engineGap(hole, 0));
    this.#moved();
  }

  renew(epoch: string, base: number, tag: number): void {
    const { log, outgoing, engine } = this.#fed;
    const { epoch: before, tail } = log;
    if (this.#begun && base > tail) this.#tellAll(engineGap(log.renew(epoch, base, tag, engine.now()), 0));
    else {
      this.#begin(epoch, base, tag);
      if (this.#begun) for (const watcher of this.#fed.watchers) watcher.lost();
    }
    this.#begun = true;
    outgoing.renewed(before, epoch);
    this.#moved();
  }

  state(state: EngineState): void {
    this.#fed.state(state);
  }

  #moved(): void {
    this.#fed.outgoing.passed();
    this.#fed.moved();
  }

  #take(frame: Frame, entry: FrameEntry, position: number): CometEvent | ControlEntry | undefined {
    const { log, dispatcher, engine } = this.#fed;
    // The source gives every place once. Were it not so, positions would not rise.
    if (position <= log.tail) return undefined;
    if (entry.kind === 'control') return this.#control(frame, entry, position);
    const event = log.append({ ...entry.draft, time: frame.time }, position, frame.tag, engine.now());
    engine.counters.published += 1;
    // A group serves all its members alike.
    if (event.except !== undefined) engine.sessions.get(event.except)?.leaveGroups();
    for (const watcher of this.#fed.watchers) watcher.seen(event);
    dispatcher.dispatch(event);
    return event;
  }

  #control(
    { tag, node }: Frame,
    { session: id, change }: Extract<FrameEntry, { kind: 'control' }>,
    position: number,
  ): ControlEntry | undefined {
    const { log, engine } = this.#fed;
    if (!isChange(change)) {
      this.#tellAll(engineGap(log.lose(position, position, engine.now()), 0));
      return undefined;
    }
    const entry = log.control({ session: id, change, position, node }, tag, engine.now());
    const session = engine.sessions.get(id);
    if (session === undefined) {
      // The records still have to learn of it, as of what the application does.
      applyToAll(engine, entry);
      return entry;
    }
    this.applying = true;
    // Listeners that throw are reported, and do not get here.
    applyChange(engine, session, entry, true);
    this.applying = false;
    return entry;
  }

  // Positions may count anew, lower than those that the sessions know.
  #begin(epoch: string, base: number, tag: number): void {
    const { log, engine } = this.#fed;
    log.begin(epoch, base, tag);
    const cursor = log.cursorAt(base) ?? '';
    const sessions = [...engine.sessions.all()];
    for (const session of sessions) {
      const from = session.taken + 1;
      session.restart(session.generation);
      session.interests.rebase(base);
      const gap: Gap = { kind: 'gap', from, to: base, cursor, reason: 'engine', count: undefined };
      session.ownOutbox().seek(base, session.cursor, gap);
    }
    for (const session of sessions) this.#wake(session);
  }

  #tellAll(gap: Gap): void {
    for (const watcher of this.#fed.watchers) watcher.lost();
    const sessions = [...this.#fed.engine.sessions.all()];
    for (const session of sessions) session.ownOutbox().pushGap(gap);
    for (const session of sessions) this.#wake(session);
  }

  #wake(session: Session): void {
    const { engine, dispatcher } = this.#fed;
    if (!session.attached) return;
    const wake = () => session.waiting && engine.tell(session, (transport) => transport.wake());
    dispatcher.scheduleWake({ wake });
  }
}
