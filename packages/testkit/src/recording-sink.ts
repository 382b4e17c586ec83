import type { EngineState, Frame, FrameEntry, LogSink } from '@cometkit/core/cluster';

/** What a log has told, in order. */
export type Told =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'hole'; readonly epoch: string; readonly from: number; readonly to: number }
  | { readonly kind: 'renew'; readonly epoch: string; readonly base: number; readonly tag: number };

/** The reading end of a log that keeps all it is told. */
export class RecordingSink implements LogSink {
  readonly told: Told[] = [];
  readonly states: EngineState[] = [];
  #epoch = '';

  accept(frame: Frame): void {
    this.told.push({ kind: 'frame', frame });
  }

  hole(from: number, to: number): void {
    this.told.push({ kind: 'hole', epoch: this.#epoch, from, to });
  }

  renew(epoch: string, base: number, tag: number): void {
    this.#epoch = epoch;
    this.told.push({ kind: 'renew', epoch, base, tag });
  }

  state(state: EngineState): void {
    this.states.push(state);
  }

  /** The epoch that was told last; '' before the first. */
  get epoch(): string {
    return this.#epoch;
  }

  /** How far the log was told; 0 before anything was. */
  get position(): number {
    const last = this.told.at(-1);
    if (last?.kind === 'frame') return last.frame.first + last.frame.entries.length - 1;
    return last?.kind === 'hole' ? last.to : (last?.base ?? 0);
  }

  get frames(): Frame[] {
    return this.told.flatMap((item) => (item.kind === 'frame' ? [item.frame] : []));
  }

  get entries(): FrameEntry[] {
    return this.frames.flatMap((frame) => frame.entries);
  }

  /** The subjects of the events, in the order in which they came. */
  get subjects(): string[] {
    return this.entries.flatMap((entry) => (entry.kind === 'data' ? [entry.draft.subject] : []));
  }

  /** Whether what stood at a place was told as gone: in a hole, or by a life that began after it. */
  covers(epoch: string, position: number): boolean {
    return this.told.some((item) => {
      if (item.kind === 'renew') return item.epoch !== epoch && this.#knew(epoch);
      return item.kind === 'hole' && item.epoch === epoch && item.from <= position && position <= item.to;
    });
  }

  #knew(epoch: string): boolean {
    return this.told.some((item) => item.kind === 'renew' && item.epoch === epoch);
  }
}
