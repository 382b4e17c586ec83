import type { JsonValue } from '@cometkit/core';
import { parseCursor } from '@cometkit/core';
import type { Participant, SimTransport, Surroundings } from './actor.ts';
import { LineLink } from './line-link.ts';
import type { Handed } from './oracle.ts';

type Fields = Readonly<Record<string, JsonValue | undefined>>;
type Fate = 'open' | 'accepted' | 'unknown';

/** A command that is not answered yet. */
interface Asked {
  readonly verb: string;
  /** The session that it was for, counted. */
  readonly life: number;
  /** The message that it publishes. */
  readonly message: string | undefined;
}

const lookMs = 500;
// As the client has it: so long may the server be silent, and an answer be owed. Units: ms.
const silenceMs = 15_000;
const answerMs = 10_000;
const ackItems = 16;
const retriesMs = [0, 250, 500, 1000, 2000];

/**
 * A program that reads events as lines over TCP, as the guide to sockets tells it to: one connection for everything, the
 * place kept, acknowledged and resumed from.
 */
export class LineReader implements Participant {
  readonly handed: Handed[] = [];
  readonly published = new Map<string, Fate>();
  readonly problems: string[] = [];
  readyAt: number | undefined;
  id: string | undefined;
  cursor: string | undefined;
  requests = 0;
  connections = 0;
  line: LineLink | undefined;
  readonly #at: Surroundings;
  readonly #pattern: string;
  readonly #accepted: () => number;
  readonly #word: string;
  readonly #sent = new Set<string>();
  #key: string | undefined;
  #life = 0;
  #subscribed = false;
  #asked: Asked[] = [];
  #heardAt = 0;
  #owedSince = 0;
  #unacked = 0;
  #failures = 0;
  #asleepUntil = 0;

  constructor(at: Surroundings, pattern: string, accepted: () => number) {
    this.#at = at;
    this.#pattern = pattern;
    this.#accepted = accepted;
    this.#word = at.random.id();
    at.world.at(0, () => this.#connect());
    this.#look();
  }

  publish(id: string): void {
    this.published.set(id, 'open');
    if (this.#subscribed) this.#publishAll();
  }

  sleep(ms: number): void {
    this.#asleepUntil = this.#at.world.now + ms;
  }

  /** There is but one way: it is gone anew, on the connection that there is or on another. */
  use(transport: SimTransport | 'auto'): void {
    if (transport === 'stream' && this.#subscribed) {
      this.#listen({});
      return;
    }
    this.#failures = 0;
    this.#lose();
  }

  #connect(): void {
    const { world, exchanges } = this.#at;
    const link: LineLink = new LineLink(this.#at, {
      asleepUntil: () => this.#asleepUntil,
      lines: (lines) => this.#read(link, lines),
      over: () => this.#lost(link),
    });
    this.line = link;
    this.#asked = [];
    this.#heardAt = world.now;
    exchanges.add(link);
    this.requests += 1;
    this.connections = 1;
    link.open();
    if (this.id === undefined) this.#join();
    else this.#resume({ session: this.id, key: this.#key });
  }

  #lost(link: LineLink): void {
    if (this.line === link) this.#lose();
  }

  #lose(): void {
    const link = this.line;
    if (link === undefined) return;
    this.line = undefined;
    this.#at.exchanges.delete(link);
    link.close();
    this.#failures += 1;
    const wait = retriesMs[Math.min(this.#failures, retriesMs.length) - 1] ?? 0;
    this.#at.world.at(wait, () => this.#awake(() => this.#connect()));
  }

  // The first to come has to hear first where the stream stands; whoever has a place can say everything at once.
  #join(): void {
    this.#ask({ type: 'join', nonce: `${this.#word}-${this.#life}`, version: 1, ack: this.cursor });
    this.#subscribe({});
    if (this.cursor !== undefined) this.#listen({});
  }

  #resume(proof: Fields): void {
    if (!this.#subscribed) this.#subscribe(proof);
    this.#listen(proof);
    if (this.#subscribed) this.#publishAll();
  }

  #subscribe(proof: Fields): void {
    const fields = { subject: this.#pattern, messageId: `s-${this.#word}-${this.#life}` };
    this.#ask({ type: 'subscribe', ...fields, ...proof });
  }

  #listen(proof: Fields): void {
    this.#ask({ type: 'listen', ack: this.cursor, heartbeats: 'answer', ...proof });
  }

  #publishAll(): void {
    for (const [id, fate] of this.published) {
      if (fate !== 'open' || this.#asked.some(({ message }) => message === id)) continue;
      this.#sent.add(id);
      const fields = {
        type: 'publish',
        subject: '/a/own',
        messageId: `${this.#word}-${id}`,
        data: { id },
      };
      this.#ask(fields, id);
    }
  }

  #ask(fields: Fields, message?: string): void {
    if (this.line === undefined) return;
    if (this.#asked.length === 0) this.#owedSince = this.#at.world.now;
    this.#asked.push({ verb: String(fields['type']), life: this.#life, message });
    this.requests += 1;
    this.line.say(JSON.stringify(fields));
  }

  #read(link: LineLink, lines: readonly string[]): void {
    if (this.line === link) this.#heardAt = this.#at.world.now;
    for (const line of lines) {
      if (this.line !== link) return;
      this.#hear(JSON.parse(line) as Record<string, JsonValue>);
    }
  }

  #hear(event: Record<string, JsonValue>): void {
    const kind = String(event['type']);
    if (kind === 'data' || kind === 'gap') this.#take(kind, event);
    else if (kind === 'heartbeat') this.#ask({ type: 'heartbeat' });
    else if (kind === 'refused' || kind.endsWith('-ack')) this.#answered(kind, event);
    else {
      if (kind === 'abort') this.#forget(undefined);
      this.#lose();
    }
  }

  #answered(kind: string, event: Record<string, JsonValue>): void {
    const asked = this.#asked.shift();
    this.#owedSince = this.#at.world.now;
    if (asked === undefined || (kind !== 'refused' && kind !== `${asked.verb}-ack`)) {
      this.problems.push(`${kind} answers ${asked?.verb}`);
      return;
    }
    if (asked.life !== this.#life) return;
    if (kind === 'refused') this.#refused(asked, String(event['code']));
    else if (asked.message !== undefined) this.published.set(asked.message, 'accepted');
    else if (asked.verb === 'join') this.#joined(event);
    else if (asked.verb === 'subscribe') this.#acked();
    else if (asked.verb === 'listen') this.#failures = 0;
  }

  #joined(event: Record<string, JsonValue>): void {
    this.id = String(event['session']);
    this.#key = String(event['key']);
    if (this.cursor !== undefined) return;
    this.cursor = String(event['cursor']);
    this.#listen({});
  }

  #acked(): void {
    this.readyAt ??= this.#accepted();
    this.#subscribed = true;
    this.#publishAll();
  }

  #refused(asked: Asked, code: string): void {
    if (code !== 'unknown-session') {
      this.problems.push(`${asked.verb} was refused: ${code}`);
      return;
    }
    // The answer says for certain that this one was not accepted, if it was sent once only.
    this.#forget(asked.message);
    this.#join();
  }

  // Whether what was sent and not answered has been accepted cannot be found out any more.
  #forget(refused: string | undefined): void {
    for (const id of this.#sent) {
      if (this.published.get(id) === 'open' && id !== refused) this.published.set(id, 'unknown');
    }
    this.#sent.clear();
    this.id = undefined;
    this.#life += 1;
    this.#subscribed = false;
  }

  #take(kind: 'data' | 'gap', event: Record<string, JsonValue>): void {
    const cursor = String(event['cursor']);
    const [place, at] = [parseCursor(cursor), parseCursor(this.cursor ?? '')];
    this.#unacked += 1;
    if (place !== undefined && place.epoch === at?.epoch && place.position <= at.position) return;
    this.cursor = cursor;
    if (kind === 'data') this.handed.push({ kind, id: (event['data'] as { id: number }).id, cursor });
    else {
      const { from, to, reason } = event;
      this.handed.push({ kind, from: Number(from), to: Number(to), cursor, reason: String(reason) });
    }
    if (this.#unacked >= ackItems) this.#acknowledge();
  }

  #acknowledge(): void {
    this.#unacked = 0;
    this.#ask({ type: 'ack', ack: this.cursor });
  }

  #look(): void {
    const { world } = this.#at;
    const owed = this.#asked.length > 0 && world.now - this.#owedSince > answerMs;
    if (owed || world.now - this.#heardAt > silenceMs) this.#lose();
    else if (this.#unacked > 0) this.#acknowledge();
    world.at(lookMs, () => this.#awake(() => this.#look()));
  }

  #awake(task: () => void): void {
    const wait = this.#asleepUntil - this.#at.world.now;
    if (wait > 0) this.#at.world.at(wait, task);
    else task();
  }
}
