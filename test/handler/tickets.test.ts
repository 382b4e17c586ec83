import type { HandlerOptions } from '@cometkit/handler';
import { createTickets, type Tickets } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const secret = 'thirty-two characters, or more of them';

/** A handler whose join hook takes tickets, on a clock that stands still. */
function letsInByTicket(options: { lifeMs?: number; secret?: string } = {}, more: HandlerOptions = {}) {
  const clock = { now: 1_700_000_000_000 };
  const ids = Array.from({ length: 99 }, (_, n) => `id-${n}`);
  const runtime = { wallTime: () => clock.now, randomId: () => ids.pop() ?? '' };
  const tickets = createTickets({ secret, ...options, runtime });
  const play = stage({ ...more, authorize: { join: (context) => tickets.admit(context) } });
  const shows = async (ticket: string, more: Record<string, string> = {}) => {
    const { status, body } = await play.get({ type: 'join', format: 'ndjson', ticket, ...more });
    return status === 200 ? status : JSON.parse(body).detail;
  };
  return { clock, play, runtime, shows, tickets };
}

const principals = ({ hub }: ReturnType<typeof stage>) =>
  [...hub.sessions()].map(({ principal }) => principal);

describe('a ticket', () => {
  it('lets its bearer in, with the principal and the data that it was issued for', async () => {
    const { play, shows, tickets } = letsInByTicket();
    expect(await shows(await tickets.issue({ principal: 'änn', data: { role: 'editor' } }))).toBe(200);
    const [session] = play.hub.sessions();
    expect(session).toMatchObject({ principal: 'änn', data: { role: 'editor' } });
  });

  it('may let an anonymous client in', async () => {
    const { play, shows, tickets } = letsInByTicket();
    expect(await shows(await tickets.issue({}))).toBe(200);
    expect(principals(play)).toEqual([undefined]);
  });

  it('passes on until when its admission holds', async () => {
    const { play, shows, tickets } = letsInByTicket();
    const expires = play.runtime.wallTime() + 60_000;
    expect(await shows(await tickets.issue({ principal: 'ann', expires: new Date(expires) }))).toBe(200);
    await play.advance(60_000);
    expect(principals(play)).toEqual([]);
  });

  it('is good once', async () => {
    const { shows, tickets } = letsInByTicket();
    const ticket = await tickets.issue({ principal: 'ann' });
    expect([await shows(ticket), await shows(ticket)]).toEqual([200, 'the ticket was used']);
  });

  it('is good once also when it is shown twice at the same time', async () => {
    const { shows, tickets } = letsInByTicket();
    const ticket = await tickets.issue({ principal: 'ann' });
    const answers = await Promise.all([shows(ticket), shows(ticket), shows(ticket)]);
    expect(answers.filter((answer) => answer === 200)).toHaveLength(1);
  });

  it('is good for its time only, and stays used when the clock is set back', async () => {
    const { clock, shows, tickets } = letsInByTicket({ lifeMs: 1000 });
    const [used, late, other] = [await tickets.issue({}), await tickets.issue({}), await tickets.issue({})];
    expect(await shows(used)).toBe(200);
    clock.now += 1000;
    expect(await shows(late)).toBe('the ticket has expired');
    clock.now -= 1000;
    expect([await shows(used), await shows(other)]).toEqual([
      'the ticket has expired',
      'the ticket has expired',
    ]);
  });

  it('is taken by another process with the same secret, and by none with another', async () => {
    const { runtime, shows, tickets } = letsInByTicket();
    expect(await shows(await createTickets({ secret, runtime }).issue({}))).toBe(200);
    const strangers = [createTickets({ secret: `${secret}!`, runtime }), createTickets({ runtime })];
    for (const stranger of strangers)
      expect(await shows(await stranger.issue({}))).toBe('the ticket is not valid');
    expect(await shows(await tickets.issue({}))).toBe(200);
  });

  it('that was changed anywhere is not valid', async () => {
    const { shows, tickets } = letsInByTicket();
    const ticket = await tickets.issue({ principal: 'ann' });
    for (let at = 0; at < ticket.length; at += 7) {
      const changed = ticket.slice(0, at) + (ticket[at] === 'A' ? 'B' : 'A') + ticket.slice(at + 1);
      expect(await shows(changed)).toBe('the ticket is not valid');
    }
    expect(await shows(ticket)).toBe(200);
  });

  it.each(['x', '.', 'a.b', 'é', `${'a'.repeat(5000)}.${'b'.repeat(43)}`, `.${'b'.repeat(43)}`])(
    'is not valid as %.10s',
    async (text) => {
      const { shows } = letsInByTicket();
      expect(await shows(text)).toBe('the ticket is not valid');
    },
  );

  it('is in the query, or a field of a command in any body or message', async () => {
    const { play, shows, tickets } = letsInByTicket();
    const body = JSON.stringify({ type: 'join', ticket: await tickets.issue({ principal: 'bob' }) });
    expect((await play.send({ method: 'POST', body })).status).toBe(200);
    const form = `type=join&ticket=${await tickets.issue({ principal: 'cid' })}`;
    expect((await play.send({ method: 'POST', body: form })).status).toBe(200);
    const query = `p_event=join&p_format=xml&ticket=${await tickets.issue({ principal: 'dan' })}`;
    expect((await play.send({ query })).body).toContain('join-ack');
    expect(principals(play)).toEqual(['bob', 'cid', 'dan']);
    expect(await shows('')).toBe('a ticket is needed');
  });
});

describe('who makes tickets wrongly', () => {
  it.each([
    [{ secret: 'short' }, /secret/],
    [{ secret: 7 }, /secret/],
    [{ lifeMs: 0 }, /lifeMs/],
    [{ ttlMs: 10 }, /ttlMs/],
  ])('with %j hears of it', (options, says) => {
    expect(() => createTickets(options as never)).toThrow(says);
  });

  it('with more than fits hears of it', async () => {
    const tickets: Tickets = createTickets();
    await expect(tickets.issue({ data: 'x'.repeat(4000) })).rejects.toThrow(/longer than 4096/);
  });
});
