import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Answer, valuesOf, type Wire } from '../support/wire.ts';
import { readDocument, readElements, readPage, types } from './kit/readers.ts';
import { type ClassicServer, type ClassicServerOptions, servlet, startClassicServer } from './kit/server.ts';
import { Talk } from './kit/talk.ts';

// Browsers, compilers and servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

// As HttpURLConnection writes it.
const java = { 'User-Agent': 'Java/17.0.15', Accept: 'text/html, */*; q=.2', Connection: 'keep-alive' };

describe('the bytes that the Java clients send and read', () => {
  let server: ClassicServer;
  let talk: Talk;

  afterEach(async () => {
    talk.close();
    await server.close();
  });

  async function start(options: ClassicServerOptions = {}): Promise<void> {
    server = await startClassicServer(options);
    talk = new Talk(server.port, java);
  }

  const get = (query: string) => talk.get(query);

  async function join(): Promise<string> {
    const answer = await get('p_event=join&p_format=xml&p_time=1');
    return readElements(answer.body)[0]?.['p_id'] ?? '';
  }

  /** Opens a data channel and waits for its first events. */
  const listen = (query: string) => talk.open(query, 'p_event="hb"');

  async function nextEvents(wire: Wire, count: number) {
    await wire.until(({ body }) => readElements(body).length >= count);
    return readElements(wire.answer.body);
  }

  it('has the headers of the original on every answer, and says nothing of a cache, a proxy or a length of a stream', async () => {
    await start();
    const id = await join();
    const stream = await listen(`p_event=listen&p_id=${id}&p_mode=stream&p_subject=/demo`);
    for (const answer of [await get('p_event=join&p_format=xml'), stream.answer]) {
      expect(answer.status).toBe(200);
      expect(valuesOf(answer, 'content-type')).toEqual(['text/plain;charset=UTF-8']);
      expect(valuesOf(answer, 'expires')).toEqual(['Sat, 6 May 1995 12:00:00 GMT']);
      expect(valuesOf(answer, 'pragma')).toEqual(['no-cache']);
      expect(valuesOf(answer, 'cache-control')).toEqual([
        'no-store, no-cache, must-revalidate, no-transform',
        'post-check=0, pre-check=0',
      ]);
    }
    expect(valuesOf(stream.answer, 'transfer-encoding')).toEqual(['chunked']);
    expect(valuesOf(stream.answer, 'content-length')).toEqual([]);
    expect(valuesOf(stream.answer, 'content-encoding')).toEqual([]);
  });

  it.each([
    ['js', 'text/html;charset=UTF-8'],
    ['xml', 'text/plain;charset=UTF-8'],
    ['xml-strict', 'text/xml;charset=UTF-8'],
    ['json', 'application/json'],
  ])('has the media type of %s on control answers, streams and pulls alike', async (format, type) => {
    await start();
    const joined = await get(`p_event=join&p_format=${format}`);
    const pulled = await get(`p_event=join-listen&p_format=${format}&p_mode=pull&p_subject=/x`);
    const streamed = await talk.open(`p_event=join-listen&p_format=${format}&p_subject=/x`, 'hb');
    for (const answer of [joined, pulled, streamed.answer]) {
      expect(valuesOf(answer, 'content-type')).toEqual([type]);
      expect(valuesOf(answer, 'expires')).toEqual(['Sat, 6 May 1995 12:00:00 GMT']);
    }
  });

  it('separates elements by nothing, and each field is name="value" and a blank', async () => {
    await start();
    const id = await join();
    const stream = await listen(`p_event=listen&p_id=${id}&p_mode=stream&p_subject=/demo`);
    server.hub.publish('/demo', { bid: '1.07' });
    const { body } = await stream.until((answer) => answer.body.includes('bid'));
    expect(body).toMatch(/^(?:<event (?:[a-z_]+="[^"\\>]*" )+\/>){3}$/);
  });

  it('has raw quotes, angle brackets, braces, pipes, carets and backslashes in a request line', async () => {
    await start();
    const id = await join();
    const stream = await listen(`p_event=listen&p_id=${id}&p_subject=/demo`);
    const text = `"<>{|}\\^\`'[]()!*$,;:@~`;
    const [ack] = readElements((await get(`p_event=publish&p_id=${id}&p_subject=/demo&text=${text}`)).body);
    expect(ack).toEqual({ p_event: 'publish-ack', p_time: expect.any(String) });
    const events = await nextEvents(stream, 3);
    expect(events[2]).toMatchObject({ text: text.replace('>', '&gt;'), p_from: id });
  });

  // Bytes above 0x7f never reach the handler: Node's parser answers them itself.
  it('gets a plain 400 from Node for a raw byte above 0x7f, and nothing else is disturbed', async () => {
    await start();
    const id = await join();
    const answer = await get(`p_event=publish&p_id=${id}&p_subject=/demo&text=\u00fc`);
    expect(answer.status).toBe(400);
    expect(server.asked('publish')).toEqual([]);
    const [hb] = readElements((await get(`p_event=hb&p_id=${id}`)).body);
    expect(hb).toMatchObject({ p_event: 'hb-ack' });
  });

  it('reads percent escapes as UTF-8 and broken ones as they are', async () => {
    await start();
    const id = await join();
    const stream = await listen(`p_event=listen&p_id=${id}&p_subject=/demo`);
    const text = `${encodeURIComponent('ü€😀')}%zz%4`;
    await get(`p_event=publish&p_id=${id}&p_subject=/demo&text=${text}`);
    const events = await nextEvents(stream, 3);
    expect(events[2]?.['text']).toBe('ü€😀%zz%4');
  });

  it('takes the first of repeated names, and keeps what is reserved from passing', async () => {
    await start();
    const id = await join();
    const stream = await listen(`p_event=listen&p_id=${id}&p_subject=/demo`);
    await get(
      `p_event=publish&p_id=${id}&p_subject=/demo&x=1&x=2&p_event=leave&p_seq=9&p_sid=s&p_label=l&p_time=1`,
    );
    const events = await nextEvents(stream, 3);
    expect(events[2]).toMatchObject({ x: '1', p_seq: '2', p_from: id });
    expect(events[2]?.['p_sid']).not.toBe('s');
    expect(Object.keys(events[2] ?? {})).not.toContain('p_label');
    expect(Number(events[2]?.['p_time'])).toBeGreaterThan(1_600_000_000);
  });

  it('takes an element as body, as the J2ME client posts it: without a type, with backslashes and raw UTF-8', async () => {
    await start();
    const [ack] = readElements((await talk.post('<event p_event="join" p_format="xml" />')).body);
    const id = ack?.['p_id'];
    const stream = await listen(`p_event=listen&p_id=${id}&p_subject=/demo`);
    const text = 'say \\"hi\\" c:\\\\temp &quot; ü€😀';
    const sent = `<event p_event="publish" p_id="${id}" p_subject="/demo" text="${text}" />`;
    expect(types(readElements((await talk.post(sent)).body))).toEqual(['publish-ack']);
    const events = await nextEvents(stream, 3);
    expect(events[2]).toMatchObject({ text: 'say "hi" c:\\temp &quot; ü€😀', p_from: id });
  });

  it('ignores the query of a POST and its content type', async () => {
    await start();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = '<event p_event="join" p_format="xml" />';
    const answer = await talk.post(body, headers, '?p_event=leave&p_format=js');
    expect(types(readElements(answer.body))).toEqual(['join-ack']);
  });

  it('sends hb at once', async () => {
    await start({ hub: { heartbeatMs: 60_000 } });
    const stream = await listen(`p_event=listen&p_id=${await join()}`);
    expect(types(readElements(stream.answer.body))).toEqual(['listen-ack', 'hb']);
  });

  it('sends hb after each idle time, counted by p_seq', async () => {
    await start({ hub: { heartbeatMs: 250 } });
    const begin = performance.now();
    const stream = await listen(`p_event=listen&p_id=${await join()}`);
    const events = await nextEvents(stream, 4);
    expect(performance.now() - begin).toBeGreaterThan(450);
    expect(events.map(({ p_event, p_seq }) => [p_event, p_seq])).toEqual([
      ['listen-ack', undefined],
      ['hb', '1'],
      ['hb', '2'],
      ['hb', '3'],
    ]);
  });

  it('ends an idle pull with one hb and a refresh, and p_url is the path with the id', async () => {
    await start({ hub: { heartbeatMs: 250 } });
    const id = await join();
    const first = await get(`p_event=listen&p_id=${id}&p_mode=pull&p_subject=/demo`);
    expect(types(readElements(first.body))).toEqual(['listen-ack', 'refresh']);
    const second = readElements((await get(`p_event=refresh&p_id=${id}`)).body);
    expect(types(second)).toEqual(['refresh-ack', 'hb', 'refresh']);
    expect(second[2]?.['p_url']).toMatch(
      new RegExp(`^${servlet.replace('.', '\\.')}\\?p_id=${id}&p_event=refresh`),
    );
    expect(Number(second[2]?.['p_wait'])).toBeGreaterThan(0);
    expect(Object.keys(second[2] ?? {})).not.toContain('p_seq');
  });

  it('answers a poll at once, empty or not', async () => {
    await start();
    const id = await join();
    await get(`p_event=listen&p_id=${id}&p_mode=poll&p_subject=/demo`);
    const begin = performance.now();
    const empty = readElements((await get(`p_event=refresh&p_id=${id}`)).body);
    expect(performance.now() - begin).toBeLessThan(4000);
    expect(types(empty)).toEqual(['refresh-ack', 'refresh']);
    server.hub.publish('/demo', { n: 1 });
    const full = readElements((await get(`p_event=refresh&p_id=${id}`)).body);
    expect(types(full)).toEqual(['refresh-ack', 'data', 'refresh']);
  });

  it('says abort before it ends a stream, and answers a held pull with abort, on shutdown', async () => {
    await start();
    const streaming = await listen(`p_event=listen&p_id=${await join()}&p_subject=/demo`);
    const pulling = await join();
    await get(`p_event=listen&p_id=${pulling}&p_mode=pull&p_subject=/demo`);
    const held = await talk.open(`p_event=refresh&p_id=${pulling}`);
    await eventually('both channels', () => server.hub.stats().attached === 2);
    await server.shutDown();
    const ended = await streaming.until(({ complete }) => complete);
    expect(types(readElements(ended.body))).toEqual(['listen-ack', 'hb', 'abort']);
    expect(readElements(ended.body)[2]).toMatchObject({ p_seq: '2', p_time: expect.any(String) });
    const answer = await held.until(({ complete }) => complete);
    expect(types(readElements(answer.body))).toEqual(['refresh-ack', 'abort']);
  });

  it('answers with a status after the shutdown, since a Java client would come back at once for anything else', async () => {
    await start();
    const id = await join();
    await server.shutDown();
    const queries = [`p_event=listen&p_id=${id}`, `p_event=refresh&p_id=${id}`, 'p_event=join&p_format=xml'];
    for (const query of queries) expect((await get(query)).status).toBe(503);
    const page = await get('p_event=join');
    expect([page.status, types(readPage(page.body).events)]).toEqual([200, ['abort']]);
    const document = await get('p_event=join-listen&p_format=xml-strict');
    expect([document.status, types(readDocument(document.body))]).toEqual([200, ['abort']]);
  });

  it('lets the newest listen win: the older stream ends with no word that would bring its client back', async () => {
    await start();
    const id = await join();
    const older = await listen(`p_event=listen&p_id=${id}&p_subject=/demo`);
    const newer = await listen(`p_event=listen&p_id=${id}&p_subject=/demo`);
    expect(types(await nextEvents(older, 2))).toEqual(['listen-ack', 'hb']);
    // Cut off: neither an end nor another event comes.
    await expect(older.until(({ complete }) => complete)).rejects.toThrow();
    server.hub.publish('/demo', { n: 1 });
    expect(types(await nextEvents(newer, 3))).toEqual(['listen-ack', 'hb', 'data']);
  });

  it('lets the newest refresh win: the older one is answered without a refresh, so that loops do not multiply', async () => {
    await start();
    const id = await join();
    await get(`p_event=listen&p_id=${id}&p_mode=pull&p_subject=/demo`);
    const older = await talk.open(`p_event=refresh&p_id=${id}`);
    await eventually('a held refresh', () => server.hub.stats().attached === 1);
    const newer = await talk.open(`p_event=refresh&p_id=${id}`);
    const first = await older.until(({ complete }) => complete);
    expect(types(readElements(first.body))).toEqual(['refresh-ack']);
    server.hub.publish('/demo', { n: 1 });
    const second = await newer.until(({ complete }) => complete);
    expect(types(readElements(second.body))).toEqual(['refresh-ack', 'data', 'refresh']);
  });

  it.each([
    ['unknown', 'p_event=refresh&p_id=nobody'],
    ['missing', 'p_event=refresh'],
    ['hostile', 'p_event=hb&p_id=__proto__'],
    ['marked up', 'p_event=hb&p_id=<script>alert(1)</script>'],
  ])(
    'answers an %s id with 400 and a page that loads, with nothing of the request in it',
    async (_what, query) => {
      await start();
      const answer = await get(query);
      expect(answer.status).toBe(400);
      expect(valuesOf(answer, 'content-type')).toEqual(['text/html;charset=UTF-8']);
      expect(answer.body).toMatch(/^<html>.*<\/html>\n?$/s);
      expect(answer.body).not.toMatch(/nobody|__proto__|script/);
    },
  );

  it('answers a session that has left, or run out of its lease, like one that never was', async () => {
    await start({ hub: { leaseMs: 300, embryonicLeaseMs: 300 }, handler: { classicLeaseMs: 300 } });
    const unknown = await get('p_event=hb&p_id=nobody');
    const left = await join();
    expect(types(readElements((await get(`p_event=leave&p_id=${left}`)).body))).toEqual(['leave-ack']);
    const expired = await join();
    await eventually('the end of the lease', () => server.hub.stats().sessions === 0);
    for (const id of [left, expired]) {
      const answer = await get(`p_event=hb&p_id=${id}`);
      expect([answer.status, answer.body]).toEqual([unknown.status, unknown.body]);
    }
  });

  it('keeps apart sessions of tabs whose first joins cross', async () => {
    await start();
    const jar = new Map<string, string>();
    const keep = (answer: Answer) => {
      for (const line of valuesOf(answer, 'set-cookie')) {
        const [pair = ''] = line.split(';');
        jar.set(pair.slice(0, pair.indexOf('=')), pair);
      }
    };
    const tab = async (query: string) => {
      const cookies = [...jar.values()].join('; ');
      return talk.get(query, cookies === '' ? {} : { Cookie: cookies });
    };
    const [first, second] = [await tab('p_event=join&p_format=xml'), await tab('p_event=join&p_format=xml')];
    const ids = [first, second].map(({ body }) => readElements(body)[0]?.['p_id']);
    // The second join left before the answer to the first was there, and its own answer comes late.
    keep(first);
    expect((await tab(`p_event=hb&p_id=${ids[0]}`)).status).toBe(200);
    keep(second);
    for (const id of ids) expect((await tab(`p_event=hb&p_id=${id}`)).status).toBe(200);
  });
});
