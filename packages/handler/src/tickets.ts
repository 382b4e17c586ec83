import type { JsonValue } from '@cometkit/core';
import { checkOptions, count, type RulesOf, suchAs } from '@cometkit/core/check-options';
import type { Admission, HookContext, JoinVerdict } from './authorize.ts';
import { type HandlerRuntime, systemRuntime } from './runtime.ts';

/** How tickets are made. */
export interface TicketsOptions {
  /**
   * What tickets are signed with, of 32 characters at least. Processes that take each other's tickets share it.
   *
   * @defaultValue drawn anew by each process
   */
  readonly secret?: string;
  /** How long a ticket is valid. @defaultValue 30 000 ms */
  readonly lifeMs?: number;
  /** Parts of the runtime to replace. @defaultValue the real ones */
  readonly runtime?: Partial<Pick<HandlerRuntime, 'wallTime' | 'randomId'>>;
}

/** Tickets for clients that cannot send headers. Made by {@link createTickets}. */
export interface Tickets {
  /**
   * Makes a ticket that lets its bearer join once.
   *
   * @param admission - whom it lets in; `data` is what JSON carries, and can be read by the bearer.
   * @returns text for a query or the field `ticket` of a join.
   * @throws {TypeError} JSON loses `data`, or the ticket would be longer than 4096 characters.
   */
  issue(admission: Admission & { readonly data?: JsonValue }): Promise<string>;
  /**
   * Decides a join by its ticket, which is then used up.
   *
   * @param context - what the join hook got: the ticket is the field `ticket` of the command, or in the query.
   * @returns whom the ticket lets in, or why it does not.
   */
  admit(context: Pick<HookContext, 'command' | 'request'>): Promise<JoinVerdict>;
}

const rules: RulesOf<TicketsOptions> = {
  secret: suchAs(
    'a string of 32 characters at least',
    (value) => typeof value === 'string' && value.length >= 32,
  ),
  lifeMs: count,
  runtime: suchAs('an object', (value) => typeof value === 'object' && value !== null),
};
const maxLength = 4096;
const shape = /^([\w-]+)\.([\w-]{43})$/;

/** What is in a ticket. Times are Unix milliseconds. */
interface Content {
  readonly id: string;
  readonly until: number;
  readonly principal?: string;
  readonly data?: JsonValue;
  readonly expires?: number;
}

/**
 * Makes tickets: a client that cannot send headers fetches one with its cookie or token, and shows it when it joins. A ticket is signed,
 * valid for a short time, and let in once by each process.
 *
 * @example
 * ```ts
 * import { comet, createTickets } from 'cometkit/express';
 *
 * const tickets = createTickets();
 * const push = comet({ authorize: { join: (context) => tickets.admit(context) } });
 * const ticket = await tickets.issue({ principal: 'ann' });
 * ```
 *
 * @throws {TypeError} an option is unknown or wrong.
 */
export function createTickets(options: TicketsOptions = {}): Tickets {
  checkOptions(options, rules);
  return new SignedTickets(options);
}

class SignedTickets implements Tickets {
  readonly #lifeMs: number;
  readonly #runtime: Pick<HandlerRuntime, 'wallTime' | 'randomId'>;
  readonly #key: Promise<CryptoKey>;
  // Ids of used tickets that are still valid, in the order of their use, with the end of each.
  readonly #used = new Map<string, number>();
  #latest = 0;

  constructor({ secret, lifeMs = 30_000, runtime }: TicketsOptions) {
    this.#lifeMs = lifeMs;
    this.#runtime = { ...systemRuntime(), ...runtime };
    const bytes =
      secret === undefined ? crypto.getRandomValues(new Uint8Array(32)) : new TextEncoder().encode(secret);
    const usages = ['sign', 'verify'] as const;
    this.#key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, usages);
  }

  async issue({ principal, data, expires }: Admission): Promise<string> {
    const content: Content = {
      id: this.#runtime.randomId(),
      until: this.#now() + this.#lifeMs,
      ...(principal !== undefined && { principal }),
      ...(data !== undefined && { data: data as JsonValue }),
      ...(expires !== undefined && { expires: Number(expires) }),
    };
    const text = base64url(new TextEncoder().encode(JSON.stringify(content)));
    const signature = await crypto.subtle.sign('HMAC', await this.#key, new TextEncoder().encode(text));
    const ticket = `${text}.${base64url(new Uint8Array(signature))}`;
    if (ticket.length > maxLength)
      throw new TypeError(`the ticket is longer than ${maxLength} characters: give it less data`);
    return ticket;
  }

  async admit({ command, request }: Pick<HookContext, 'command' | 'request'>): Promise<JoinVerdict> {
    const ticket = command.ticket ?? new URLSearchParams(request.query).get('ticket');
    if (!ticket) return { refuse: 'a ticket is needed' };
    const content = await this.#read(ticket);
    if (content === undefined) return { refuse: 'the ticket is not valid' };
    const now = this.#now();
    if (content.until <= now) return { refuse: 'the ticket has expired' };
    this.#forget(now);
    if (this.#used.has(content.id)) return { refuse: 'the ticket was used' };
    this.#used.set(content.id, content.until);
    const { principal, data, expires } = content;
    if (principal === undefined && data === undefined && expires === undefined) return true;
    return {
      ...(principal !== undefined && { principal }),
      ...(data !== undefined && { data }),
      ...(expires !== undefined && { expires }),
    };
  }

  /** @returns undefined unless it is a ticket that was signed with the secret. */
  async #read(ticket: string): Promise<Content | undefined> {
    const [, text = '', signature = ''] = (ticket.length <= maxLength && shape.exec(ticket)) || [];
    const proof = bytesOf(signature);
    if (proof === undefined || text === '') return undefined;
    const signed = new TextEncoder().encode(text);
    if (!(await crypto.subtle.verify('HMAC', await this.#key, proof, signed))) return undefined;
    return JSON.parse(new TextDecoder().decode(bytesOf(text)));
  }

  // A clock that is set back must not make used tickets valid that have been forgotten.
  #now(): number {
    this.#latest = Math.max(this.#latest, this.#runtime.wallTime());
    return this.#latest;
  }

  #forget(now: number): void {
    for (const [id, until] of this.#used) {
      if (until > now) return;
      this.#used.delete(id);
    }
  }
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
