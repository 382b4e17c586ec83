import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, type Fields, type Stage, stage } from './kit.ts';

const acts = ['join', 'subscribe', 'listen', 'cut', 'renew', 'leave', 'publish', 'expire', 'answer'] as const;
const rarely = ['turn /a', 'take /a', 'turn user', 'wait', 'disconnect'] as const;
const acting = fc.oneof(
  { arbitrary: fc.constantFrom(...acts), weight: 6 },
  { arbitrary: fc.constantFrom(...rarely), weight: 3 },
);
type Act = (typeof acts)[number] | (typeof rarely)[number];

/** A user whose rights change while hooks think: each answers with what was right when it was asked. */
class Play {
  readonly stage: Stage;
  readonly #rights = { user: true, '/a': true, '/b': true };
  readonly #pending: (() => void)[] = [];
  readonly #work: Promise<unknown>[] = [];
  readonly #streams: Answer[] = [];
  #client: { readonly session: string; readonly key: string } | undefined;

  constructor() {
    this.stage = stage({
      authorize: {
        join: () => this.#slowly(this.#rights.user && { principal: 'ann', expires: this.#in(120_000) }),
        subscribe: ({ pattern }) => this.#slowly(this.#rights[pattern as '/a' | '/b']),
      },
    });
  }

  get session() {
    return this.#client && this.stage.hub.session(this.#client.session);
  }

  async does(act: Act): Promise<void> {
    const { hub } = this.stage;
    if (act === 'answer') this.#pending.shift()?.();
    else if (act === 'wait') await this.stage.advance(3000);
    else if (act === 'turn /a') this.#turn('/a');
    else if (act === 'take /a') this.#take('/a');
    else if (act === 'turn user') this.#turn('user');
    else if (act === 'disconnect') hub.disconnect('ann');
    else if (act === 'publish') for (const subject of ['/a', '/b']) hub.publish(subject, 'early');
    else if (act === 'cut') this.#streams.at(-1)?.request.finish();
    else if (act === 'expire' && this.session) hub.expire(this.session, this.#in(2000));
    else if (act === 'join') this.#work.push(this.#join());
    else if (act === 'subscribe') for (const subject of ['/a', '/b']) this.#says({ type: act, subject });
    else this.#says(act === 'listen' ? { type: act, mode: 'stream', heartbeats: 'answer' } : { type: act });
    await this.stage.turn();
  }

  /** Lets every hook answer, and every client that is still there listen. */
  async settles(): Promise<void> {
    await this.#answers();
    await this.does('listen');
    await this.#answers();
    for (let second = 0; second < 12; second += 1) await this.stage.advance(1000);
    await Promise.all(this.#work);
  }

  /** What of the rights no longer holds, after the last turn was told to the hub and everything has settled. */
  async wrongs(): Promise<string[]> {
    const { session } = this;
    const { user, ...subjects } = this.#rights;
    const wrongs = session && !user ? ['a session of a user who may not join'] : [];
    for (const { pattern } of session?.subscriptions ?? [])
      if (!subjects[pattern as '/a']) wrongs.push(`a subscription to ${pattern}`);
    for (const subject of ['/a', '/b'] as const) this.stage.hub.publish(subject, `late ${subject}`);
    await this.stage.turn();
    for (const { outlet } of this.#streams)
      for (const subject of ['/a', '/b'] as const)
        if (outlet.text.includes(`late ${subject}`) && !subjects[subject])
          wrongs.push(`an event of ${subject}`);
    // A story may wait longer than a hook may think.
    const errors = this.stage.errors.map(String).filter((text) => !text.startsWith('HookTimeout: '));
    return [...wrongs, ...errors];
  }

  #in(ms: number): number {
    return this.stage.runtime.wallTime() + ms;
  }

  #turn(right: 'user' | '/a'): void {
    this.#rights[right] = !this.#rights[right];
    this.#work.push(this.stage.hub.reauthorize('ann'));
  }

  // By hand: the hooks are not asked about what is there.
  #take(subject: '/a'): void {
    this.#rights[subject] = false;
    const { hub } = this.stage;
    for (const session of hub.sessions()) hub.revoke(session, ({ pattern }) => pattern === subject);
  }

  #slowly<T>(verdict: T): Promise<T> {
    return new Promise((resolve) => this.#pending.push(() => resolve(verdict)));
  }

  async #answers(): Promise<void> {
    while (this.#pending.length > 0) {
      for (const answer of this.#pending.splice(0)) answer();
      for (let turns = 0; turns < 4; turns += 1) await this.stage.turn();
    }
  }

  async #join(): Promise<void> {
    const answer = await this.stage.get({ type: 'join', format: 'ndjson' });
    if (answer.status !== 200) return;
    const { session, key } = JSON.parse(answer.body) as { session: string; key: string };
    this.#client = { session, key };
  }

  #says(fields: Fields): void {
    if (this.#client === undefined) return;
    const heard = this.stage.get({ format: 'ndjson', ...this.#client, ...fields }).then((answer) => {
      if (fields['type'] === 'listen') this.#streams.push(answer);
    });
    this.#work.push(heard);
  }
}

describe('rights that change while hooks think', () => {
  it('leave nothing to a user that the hooks refuse, whatever else happens meanwhile', async () => {
    const story = async (given: readonly Act[]): Promise<void> => {
      const play = new Play();
      for (const act of ['join', 'answer', 'subscribe', 'answer', 'answer', ...given] as Act[])
        await play.does(act);
      await play.settles();
      expect(await play.wrongs()).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(fc.array(acting, { maxLength: 16 }), story), { numRuns: 300 });
  }, 60_000);
});
