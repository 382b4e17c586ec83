import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

describe('a request without p_format', () => {
  it.each([
    ['text/event-stream', /^text\/event-stream/],
    ['Text/Event-Stream;q=1, */*;q=0.1', /^text\/event-stream/],
    ['application/x-ndjson', /ndjson/],
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

  it('is answered in the format that it names, whatever Accept says', async () => {
    const { get } = stage();
    const headers = { accept: 'application/json' };
    const { body } = await get({ type: 'join', format: 'xml' }, { headers });
    expect(body).toMatch(/^<event/);
  });

  it('keeps the format of its session', async () => {
    const { get, hub } = stage();
    await get({ type: 'join', format: 'ndjson' });
    const [{ id, secret } = { id: '', secret: '' }] = [...hub.sessions()];
    const headers = { accept: 'application/json' };
    const answer = await get({ type: 'heartbeat', session: id, key: secret }, { headers });
    expect(answer.headers['content-type']).toMatch(/ndjson/);
  });
});

describe('a request without p_event', () => {
  it('is shown what to ask for, in a browser and in a program', async () => {
    const { get } = stage();
    const hint = '?type=join-listen&subject=/&format=ndjson';
    const page = await get({}, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(400);
    expect(page.body.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(code))).toContain(hint);
    const problem = await get({}, { headers: { accept: 'text/event-stream' } });
    expect(JSON.parse(problem.body).detail).toContain(hint);
  });
});
