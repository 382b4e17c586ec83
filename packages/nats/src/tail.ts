import type { LogSink } from '@cometkit/core/cluster';
import type { StreamInfo } from '@nats-io/jetstream';
import type { Delivered } from './feed.ts';
import { type Contents, fromPayload, stride } from './frame.ts';
import { Ledger, tagOf } from './ledger.ts';
import { type Life, type Lineage, type Lives, lifeAfter, lifeAt, presentOf } from './life.ts';
import { endOf, firstOf, lastAgreed, tagAfter } from './place.ts';
import type { Stream } from './stream.ts';

const maxNodes = 1024;
const maxForeign = 64;

/** Where this node is in the log. It gives the sink frames, holes and new lives, each position once. */
export class Tail {
  readonly #stream: Stream;
  readonly #lives: Lives;
  readonly #sink: LogSink;
  readonly #ledger = new Ledger();
  /** The last batch of each node, for one that the server has taken twice. */
  readonly #batches = new Map<string, number>();
  /** Lives that messages have named, and that are not among those of the stream. */
  readonly #foreign = new Set<string>();
  #lineage: Lineage | undefined = undefined;
  /** The life of the place where this node is. */
  #life: Life | undefined = undefined;
  #sequence = 0;
  #position = 0;

  constructor(stream: Stream, lives: Lives, sink: LogSink) {
    this.#stream = stream;
    this.#lives = lives;
    this.#sink = sink;
  }

  /** Undefined until the first `settle`. */
  get lineage(): Lineage | undefined {
    return this.#lineage;
  }

  /** The life of the place where this node is. */
  get life(): Life | undefined {
    return this.#life;
  }

  /** The last sequence that was read, or found gone. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Returns whether an answer of the server fits what was read. @param read - the sequence when it was asked. */
  fits(info: StreamInfo, read: number): boolean {
    return info.created === this.#lineage?.created && info.state.last_seq >= read;
  }

  /** Compares the stream with what was read, and finds out whether another life has begun. */
  async settle(info: StreamInfo): Promise<void> {
    const known = this.#lineage;
    if (known === undefined) {
      await this.#begin(info);
      return;
    }
    const agreed = known.created === info.created ? await this.#agreed(info) : undefined;
    const same = agreed === this.#sequence;
    const lineage = await this.#lineageNow(known, info, same ? undefined : (agreed ?? 0) + 1);
    if (same && hasLife(lineage, this.#life?.epoch)) {
      this.#lineage = lineage;
      this.#live();
    } else await this.#leap(lineage, info, agreed);
  }

  /** Everything up to a sequence that was not read is gone. */
  gone(upTo: number): void {
    while (this.#life !== undefined && this.#sequence < upTo) {
      const from = this.#life.offset + (this.#sequence + 1) * stride;
      this.#sequence = Math.min(upTo, (this.#nextLife()?.from ?? Number.POSITIVE_INFINITY) - 1);
      this.#position = endOf(this.#life, this.#sequence);
      this.#sink.hole(from, this.#position);
      this.#live();
    }
  }

  /**
   * Gives the sink the next message; what lies between it and the last one is gone.
   *
   * @returns false when nothing was done, because the message names a life that may have begun since the last `settle`.
   */
  take({ sequence, id, payload, time }: Delivered): boolean {
    const read = fromPayload(payload);
    if (read !== undefined && this.#isStrange(read.epoch)) return false;
    this.gone(sequence - 1);
    const contents = this.#fresh(read);
    const tag = tagOf(id);
    this.#ledger.note(sequence, { tag, count: contents?.entries.length ?? 0 }, time);
    if (contents === undefined || this.#life === undefined) {
      this.gone(sequence);
      return true;
    }
    const { epoch, offset } = this.#life;
    const first = offset + sequence * stride;
    this.#sequence = sequence;
    this.#position = first + contents.entries.length - 1;
    this.#sink.accept({ ...contents, epoch, first, tag, time });
    this.#live();
    return true;
  }

  async #begin(info: StreamInfo): Promise<void> {
    const found = await this.#lives.load();
    const fresh = { offset: 0, from: 1 };
    const lineage =
      found?.created === info.created ? found : await this.#lives.succeed(found, info.created, fresh);
    this.#lineage = lineage;
    const after = firstOf(info) - 1;
    this.#renew(lifeAt(lineage, after + 1), after);
  }

  #agreed(info: StreamInfo): Promise<number> {
    return lastAgreed(this.#stream, this.#ledger, info, this.#sequence);
  }

  /** @param from - where the stream is no longer what was read; undefined when it is. */
  async #lineageNow(known: Lineage, info: StreamInfo, from: number | undefined): Promise<Lineage> {
    const found = await this.#lives.load();
    if (found === undefined && from === undefined) {
      await this.#lives.restore(known);
      return (await this.#lives.load()) ?? known;
    }
    const told = found !== undefined && presentOf(found).epoch !== presentOf(known).epoch;
    if (found?.created === info.created && (told || from === undefined)) return found;
    return this.#lives.succeed(known, info.created, { offset: this.#above(), from: from ?? 1 });
  }

  #above(): number {
    return Math.ceil((this.#position + 1) / stride) * stride;
  }

  #nextLife(): Life | undefined {
    return this.#lineage && this.#life && lifeAfter(this.#lineage, this.#life);
  }

  // A life that the others have begun begins here when this node has read what was before it.
  #live(): void {
    for (let next = this.#nextLife(); next && next.from <= this.#sequence + 1; next = this.#nextLife())
      this.#renew(next, this.#sequence);
  }

  // What was read is no longer what the stream holds: it is read anew from there, in another life. A node that has seen higher
  // positions than those who began it begins one more, behind all that they have.
  async #leap(found: Lineage, info: StreamInfo, agreed: number | undefined): Promise<void> {
    let lineage = found;
    let [start, end] = [this.#startIn(lineage, agreed ?? firstOf(info) - 1), info.state.last_seq];
    for (; start === undefined; start = this.#startIn(lineage, end))
      lineage = await this.#lives.succeed(lineage, info.created, { offset: this.#above(), from: end + 1 });
    this.#ledger.forget(agreed ?? 0);
    // What is passed over is not read: that it is younger than all that was read must not look like a stream that was set back.
    const isPassed = start.after > (agreed ?? firstOf(info) - 1);
    const passed = isPassed ? await this.#stream.message(start.after) : undefined;
    if (passed !== undefined)
      this.#ledger.note(start.after, { tag: tagOf(passed.id), count: 0 }, passed.time);
    this.#lineage = lineage;
    this.#renew(start.life, start.after);
  }

  /** The first place behind a sequence whose position is above all that this node has seen. */
  #startIn(lineage: Lineage, after: number): { readonly life: Life; readonly after: number } | undefined {
    const { lives } = lineage;
    return lives
      .slice(lives.indexOf(lifeAt(lineage, after + 1)))
      .filter(({ epoch }) => epoch !== this.#life?.epoch)
      .map((life) => ({ life, after: Math.max(after, life.from - 1) }))
      .find((place) => endOf(place.life, place.after) > this.#position);
  }

  #renew(life: Life, after: number): void {
    this.#life = life;
    this.#sequence = after;
    this.#position = endOf(life, after);
    this.#sink.renew(life.epoch, this.#position, tagAfter(life, after));
    this.#live();
  }

  // A life that is not known is looked up once. Who begins one makes it known before a message can name it.
  #isStrange(epoch: string): boolean {
    if (hasLife(this.#lineage, epoch) || this.#foreign.has(epoch)) return false;
    if (this.#foreign.size >= maxForeign) this.#foreign.clear();
    this.#foreign.add(epoch);
    return true;
  }

  // What was sent in another life may have been read there by other nodes. And a node that stood still for longer than the server
  // remembers ids sends its last batch again, and it is taken again.
  #fresh(contents: Contents | undefined): Contents | undefined {
    if (contents?.epoch !== this.#life?.epoch) return undefined;
    if (contents === undefined || contents.seq <= (this.#batches.get(contents.node) ?? 0)) return undefined;
    this.#batches.delete(contents.node);
    this.#batches.set(contents.node, contents.seq);
    const [oldest] = this.#batches.size > maxNodes ? this.#batches.keys() : [];
    if (oldest !== undefined) this.#batches.delete(oldest);
    return contents;
  }
}

function hasLife(lineage: Lineage | undefined, epoch: string | undefined): boolean {
  return lineage?.lives.some((life) => life.epoch === epoch) ?? false;
}
