import { createXmlStrictDecoder, type DecodedEvent } from '@cometkit/codec';
import type { Participant, Surroundings } from './actor.ts';
import { Exchange, type SimReceiver } from './network.ts';
import type { Accepted, Handed } from './oracle.ts';

/** What shows the server the place of a client: the `p_url` that it follows, or the cookies that its browser keeps. */
export type Evidence = 'url' | 'cookies';

// Longer than a poll is held. Units: ms.
const silenceMs = 45_000;
const retryMs = 1000;

/**
 * A client of the original protocol that knows nothing of CometKit: it asks for one answer after the other, and takes an answer that is
 * complete. What it cannot go on from it begins anew, and is judged from there.
 */
export class ClassicReader implements Participant {
  readonly handed: Handed[] = [];
  readonly published = new Map<string, 'open' | 'accepted' | 'unknown'>();
  readonly problems: string[] = [];
  readonly id = undefined;
  readonly cursor = undefined;
  readonly line = undefined;
  readyAt: number | undefined;
  requests = 0;
  connections = 0;
  readonly #at: Surroundings;
  readonly #evidence: Evidence;
  readonly #mode: 'pull' | 'poll';
  readonly #pattern: string;
  readonly #accepted: readonly Accepted[];
  readonly #cookies = new Map<string, string>();
  #asked = 0;

  constructor(at: Surroundings, evidence: Evidence, pattern: string, accepted: readonly Accepted[]) {
    this.#at = at;
    this.#evidence = evidence;
    this.#mode = at.random.pick(['pull', 'poll']);
    this.#pattern = pattern;
    this.#accepted = accepted;
    at.world.at(0, () => this.#begin());
  }

  /** It only listens. */
  publish(): void {}

  /** Nothing of it takes time. */
  sleep(): void {}

  use(): void {
    this.#begin();
  }

  #begin(): void {
    this.handed.length = 0;
    this.readyAt = undefined;
    const how = `p_subject=${encodeURIComponent(this.#pattern)}&p_mode=${this.#mode}&p_format=xml-strict`;
    this.#ask(`/push?p_event=join-listen&${how}`);
  }

  #ask(path: string): void {
    const { world, node, faults, exchanges } = this.#at;
    this.#asked += 1;
    const turn = this.#asked;
    this.requests += 1;
    this.connections = 1;
    const exchange: Exchange = new Exchange(
      world,
      node,
      faults,
      this.#receiver(path, turn, () => over()),
    );
    const over = (): void => void exchanges.delete(exchange);
    exchanges.add(exchange);
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ');
    const headers: Record<string, string> = cookie === '' ? {} : { cookie };
    world.log?.(`${world.now.toFixed(0)} -> ${path} ${cookie}`);
    exchange.start({ method: 'GET', url: `http://server${path}`, headers, body: '' });
    world.at(silenceMs, () => {
      if (this.#asked !== turn) return;
      over();
      exchange.abort();
      this.#failed(path, true);
    });
  }

  #receiver(path: string, turn: number, over: () => void): SimReceiver {
    const text = new TextDecoder();
    let [status, body] = [0, ''];
    const current = (): boolean => this.#asked === turn;
    const ended = (complete: boolean): void => {
      over();
      if (!current()) return;
      if (status === 200 && complete && body.endsWith('</pushlet>')) this.#read(body);
      else if (status === 400 || status === 404 || status === 410) this.#begin();
      else this.#failed(path, status === 200);
    };
    return {
      head: (given, headers) => {
        status = given;
        if (current()) this.#keep(headers.get('set-cookie') ?? '');
      },
      bytes: (chunk) => {
        body += text.decode(chunk, { stream: true });
      },
      end: () => ended(true),
      fail: () => ended(false),
    };
  }

  // Whose browser has a new cookie shows that it has the answer. A page that has lost the rest of it has to begin anew.
  #failed(path: string, begun: boolean): void {
    const anew = path.includes('join-listen') || (this.#evidence === 'cookies' && begun);
    this.#asked += 1;
    const turn = this.#asked;
    this.#at.world.at(retryMs, () => {
      if (this.#asked !== turn) return;
      if (anew) this.#begin();
      else this.#ask(path);
    });
  }

  #keep(lines: string): void {
    if (this.#evidence === 'url') return;
    for (const [, name, value] of lines.matchAll(/(?:^|,)\s*([\w-]+)=([^;,]*)/g))
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
  }

  #read(body: string): void {
    let next: { readonly path: string; readonly waitMs: number } | undefined;
    let id = '';
    const decoder = createXmlStrictDecoder((event) => {
      const text = (name: string): string => String(event.fields.get(name) ?? '');
      if (event.event.endsWith('listen-ack')) this.readyAt ??= this.#accepted.length;
      if (event.event === 'refresh') {
        id = /p_id=([^&]*)/.exec(text('p_url'))?.[1] ?? '';
        const plain = `/push?p_event=refresh&p_id=${id}`;
        const path = this.#evidence === 'url' ? text('p_url') : plain;
        next = { path, waitMs: Number(text('p_wait')) };
      } else this.#take(event, text);
    });
    decoder.feed(body);
    if (next === undefined) {
      this.#begin();
      return;
    }
    const { path, waitMs } = next;
    const turn = this.#asked;
    this.#at.world.at(waitMs, () => {
      if (this.#asked === turn) this.#ask(path);
    });
  }

  // An event says no place: it is the newest with its number.
  #take({ event }: DecodedEvent, text: (name: string) => string): void {
    if (event === 'gap') {
      const [from, to, reason] = [Number(text('p_from')), Number(text('p_to')), text('p_reason')];
      this.handed.push({ kind: 'gap', from, to, cursor: text('p_cur'), reason });
    } else if (event === 'data') {
      const known = this.#accepted.findLast(({ id }) => String(id) === text('id'));
      if (known === undefined) this.problems.push(`an event that nobody published: ${text('id')}`);
      else this.handed.push({ kind: 'data', id: known.id, cursor: known.cursor });
    }
  }
}
