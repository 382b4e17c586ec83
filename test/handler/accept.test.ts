import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

describe('a classic request without p_format', () => {
  it.each([
    ['application/json, text/plain, */*', /json/],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', /^text\/html/],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', /^text\/html/],
    ['*/*', /^text\/html/],
    ['', /^text\/html/],
    [`${'x'.repeat(2000)},text/event-stream`, /^text\/html/],
  ])('is answered as Accept asks in its first place: %s', async (accept, type) => {
    const { get, send } = stage();
    const fields = { type: 'join-listen', subject: '/a', mode: 'stream' };
    const { status, headers } = await get(fields, { headers: { accept } });
    expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(type)]);
    const head = await send({ method: 'HEAD', query: 'p_event=join', headers: { accept } });
    expect(head.headers['content-type']).toMatch(type);
  });

  it.each(['text/event-stream', 'Text/Event-Stream;q=1, */*;q=0.1', 'application/x-ndjson'])(
    'is told where the modern formats are when a join wants one: %s',
    async (accept) => {
      const { get, hub } = stage();
      for (const type of ['join', 'join-listen']) {
        const { status, body } = await get({ type, subject: '/a' }, { headers: { accept } });
        expect(status).toBe(400);
        expect(JSON.parse(body).detail).toContain('ask for GET /push?subject=/news with');
      }
      expect(hub.stats().sessions).toBe(0);
    },
  );

  it('is answered in the format that it names, whatever Accept says', async () => {
    const { get } = stage();
    const headers = { accept: 'application/json' };
    const { body } = await get({ type: 'join', format: 'xml' }, { headers });
    expect(body).toMatch(/^<event/);
  });

  it.each(['application/json', 'text/event-stream'])(
    'keeps the format of its session, also with Accept: %s',
    async (accept) => {
      const { join, send } = stage();
      const alice = await join('xml');
      const headers = { accept, cookie: alice.cookie };
      const { status, body } = await send({ query: `p_event=hb&p_id=${alice.id}`, headers });
      expect([status, body]).toEqual([200, '<event p_event="hb-ack" p_time="1700000000" />']);
    },
  );

  it.each(['sse', 'ndjson'])('is told where p_format=%s is now', async (format) => {
    const { send, hub } = stage();
    const { status, body } = await send({ query: `p_event=join-listen&p_subject=/a&p_format=${format}` });
    expect(status).toBe(400);
    const text = body.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code));
    expect(text).toContain(
      `p_format ${format} is not served: ask for GET /push?subject=/news with "Accept: text/event-stream"`,
    );
    expect(hub.stats().sessions).toBe(0);
  });
});
