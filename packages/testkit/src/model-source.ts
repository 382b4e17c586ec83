import type { Appended, Batch, EngineState, Frame, LogEnd, LogSink, LogSource } from '@cometkit/core/cluster';

/** What stands in the log of the model: a frame, or the beginning of a life. */
export interface Entry {
  readonly first: number;
  readonly last: number;
  readonly tag: number;
  readonly epoch: string;
  readonly frame: Frame | undefined;
}

/** What a source asks of the model. */
interface ModelLog {
  /** Of the present life; undefined until somebody has noticed that there is none. */
  readonly epoch: string | undefined;
  /** Of the newest entry. */
  readonly position: number;
  answersToLose: number;
  toRefuse: number;
  /** Takes a batch of a node that has read up to a position. */
  take(node: string, seen: { readonly epoch: string; readonly position: number }, batch: Batch): Appended;
  /** Gives what follows the place of a reader. */
  after(place: { readonly position: number; readonly tag: number }): Entry | 'hole' | undefined;
  /** Gives the life that a new reader begins with, and where. */
  begin(): { readonly epoch: string; readonly position: number; readonly tag: number };
  later(task: () => void): void;
}

/** The log as one node reaches it. */
export class ModelSource implements LogSource {
  readonly #model: ModelLog;
  readonly #id: string;
  readonly #had = new Map<string, number>();
  #sink: LogSink | undefined;
  #place = { position: 0, tag: 0 };
  #epoch = '';
  #held = false;
  #cut = false;
  #ended = false;

  constructor(model: ModelLog, id: string) {
    this.#model = model;
    this.#id = id;
  }

  /** How far it has read. */
  get position(): number {
    return this.#place.position;
  }

  start(sink: LogSink): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#model.later(() => {
        if (this.#ended) {
          reject(new Error('the connection to the engine has ended'));
          return;
        }
        const { epoch, position, tag } = this.#model.begin();
        this.#sink = sink;
        this.#place = { position, tag };
        this.#epoch = epoch;
        sink.renew(epoch, position, tag);
        this.pump();
        sink.state('live');
        resolve();
      }),
    );
  }

  append(batch: Batch): Promise<Appended> {
    // What the node knows when it asks, not when the engine hears it: another life may begin in between.
    const seen = { epoch: this.#epoch, position: this.#place.position };
    return new Promise((resolve, reject) =>
      this.#model.later(() => {
        const { lost, refused } = this.#fate();
        if (refused) {
          reject(new Error('the engine did not answer'));
          return;
        }
        try {
          const appended = this.#model.take(this.#id, seen, batch);
          this.#model.later(() => (lost ? reject(new Error('the answer was lost')) : resolve(appended)));
        } catch (error) {
          reject(error as Error);
        }
      }),
    );
  }

  end(): Promise<LogEnd> {
    return new Promise((resolve, reject) =>
      this.#model.later(() => {
        if (this.#cut || this.#ended) reject(new Error('the engine did not answer'));
        else resolve({ epoch: this.#model.epoch ?? '', position: this.#model.position });
      }),
    );
  }

  hold(held: boolean): void {
    this.#held = held;
    this.pump();
  }

  cut(cut: boolean): void {
    this.#cut = cut;
    const state: EngineState = cut ? 'behind' : 'live';
    this.pump();
    this.#sink?.state(state);
  }

  stop(): void {
    this.#ended = true;
  }

  /** Gives the node what it has not had. */
  pump(): void {
    const sink = this.#sink;
    if (sink === undefined || this.#held || this.#cut || this.#ended) return;
    for (let next = this.#model.after(this.#place); next !== undefined; next = this.#model.after(this.#place))
      this.#give(sink, next);
  }

  #give(sink: LogSink, next: Entry | 'hole'): void {
    if (next === 'hole') {
      const { epoch, position, tag } = this.#model.begin();
      if (epoch === this.#epoch) sink.hole(this.#place.position + 1, position);
      else sink.renew(epoch, position, tag);
      this.#epoch = epoch;
      this.#place = { position, tag };
      return;
    }
    const { first, last, tag, epoch, frame } = next;
    this.#place = { position: last, tag };
    if (frame === undefined) {
      if (epoch !== this.#epoch) sink.renew(epoch, last, tag);
      this.#epoch = epoch;
      return;
    }
    const had = (this.#had.get(frame.node) ?? 0) >= frame.seq;
    this.#had.set(frame.node, Math.max(frame.seq, this.#had.get(frame.node) ?? 0));
    if (had) sink.hole(first, last);
    else sink.accept(frame);
  }

  #fate(): { readonly lost: boolean; readonly refused: boolean } {
    const model = this.#model;
    if (this.#cut || this.#ended) return { lost: false, refused: true };
    if (model.toRefuse > 0) {
      model.toRefuse -= 1;
      return { lost: false, refused: true };
    }
    if (model.answersToLose === 0) return { lost: false, refused: false };
    model.answersToLose -= 1;
    return { lost: true, refused: false };
  }
}
