import type { Answer, Asked, Target } from './asking.ts';
import { Channel } from './channel.ts';
import { messagesOf } from './messages.ts';

/** A session that the doctor holds to look at the way to the server. */
export class Patient {
  readonly target: Target;
  readonly #proof: { readonly session: string; readonly key: string };
  /** Data channels that were asked for: the server counts those that it saw. */
  asked = 0;

  private constructor(target: Target, proof: { readonly session: string; readonly key: string }) {
    this.target = target;
    this.#proof = proof;
  }

  /** Its public id. */
  get session(): string {
    return this.#proof.session;
  }

  /** Reads the session out of the answer to a join. @returns undefined when there is none in it. */
  static of(target: Target, joined: Answer): Patient | undefined {
    const ack = messagesOf(joined).find(({ type }) => type === 'join-ack');
    const { session, key } = ack ?? {};
    if (typeof session !== 'string' || typeof key !== 'string') return undefined;
    return new Patient(target, { session, key });
  }

  /** Joins. @returns undefined when that fails. */
  static async join(target: Target): Promise<Patient | undefined> {
    return Patient.of(target, await target.ask({ body: { type: 'join' } }));
  }

  /** Sends a command on the control channel. */
  command(fields: Record<string, unknown>, asked: Asked = {}): Promise<Answer> {
    return this.target.ask({ ...asked, body: { ...this.#proof, ...fields } });
  }

  /** Opens a stream: as the client does, or as an EventSource. */
  stream(kind: 'stream' | 'event-source'): Channel {
    this.asked += 1;
    const fields = { ...this.#proof, type: 'listen', mode: 'stream' };
    if (kind === 'stream') return new Channel(this.target, { body: fields });
    const query = { ...fields, events: 'envelope' };
    return new Channel(this.target, { method: 'GET', query, headers: { accept: 'text/event-stream' } });
  }

  /** Begins long polls: the next `poll` is held. */
  beginPolls(): Promise<Answer> {
    this.asked += 1;
    return this.command({ type: 'listen', mode: 'long-poll' });
  }

  /** Asks for the next answer of a long poll, as a GET: those are what proxies send again. */
  poll(timeoutMs: number): Promise<Answer> {
    this.asked += 1;
    return this.target.ask({ method: 'GET', query: { ...this.#proof, type: 'refresh' }, timeoutMs });
  }

  async leave(): Promise<void> {
    await this.command({ type: 'leave' }, { timeoutMs: 2000 });
  }
}
