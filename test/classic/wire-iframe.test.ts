import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { valuesOf } from '../support/wire.ts';
import { readPage, types } from './kit/readers.ts';
import { type ClassicServer, type ClassicServerOptions, servlet, startClassicServer } from './kit/server.ts';
import { Talk } from './kit/talk.ts';

// Browsers, compilers and servers are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const prologue =
  '<html><head><meta http-equiv="Pragma" content="no-cache">' +
  '<meta http-equiv="Expires" content="Tue, 31 Dec 1997 23:59:59 GMT"></head><body>\n';
const script = '<script language="JavaScript" nonce="N">';
const preamble = `${prologue}${script} var url=" "; \nfunction refresh() { document.location.href=url; }</script>`;

/** A page with its nonce written as N. */
function anonymous(page: string): string {
  return page.replaceAll(/ nonce="[^"]+"/g, ' nonce="N"');
}

describe('the pages that the iframe client loads', () => {
  let server: ClassicServer;
  let talk: Talk;

  afterEach(async () => {
    talk.close();
    await server.close();
  });

  async function start(options: ClassicServerOptions = {}): Promise<void> {
    server = await startClassicServer(options);
    talk = new Talk(server.port, { 'User-Agent': 'Mozilla/5.0', Accept: 'text/html' });
  }

  async function join(): Promise<string> {
    const { body } = await talk.get('p_event=join');
    return readPage(body).events[0]?.['p_id'] ?? '';
  }

  it('answer a command with the preamble, one call of parent.push and the end of the page', async () => {
    await start();
    const answer = await talk.get('p_event=join');
    const id = readPage(answer.body).events[0]?.['p_id'];
    expect(anonymous(answer.body)).toMatch(
      new RegExp(
        `^${escaped(`${preamble}${script}parent.push('p_event', "join-ack",'p_id', "${id}",'p_format', "js",'p_time', "`)}\\d+${escaped('");</script></body></html>')}$`,
      ),
    );
  });

  function escaped(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }

  it('carry a policy that lets only their own scripts run, and only in frames of the same origin', async () => {
    await start({ helmet: true });
    const answer = await talk.get('p_event=join');
    const nonces = new Set([...answer.body.matchAll(/nonce="([^"]+)"/g)].map(([, nonce]) => nonce));
    expect(nonces.size).toBe(1);
    expect(valuesOf(answer, 'content-security-policy')).toEqual([
      `default-src 'none'; script-src 'nonce-${[...nonces][0]}'; frame-ancestors 'self'`,
    ]);
    const again = await talk.get('p_event=join');
    expect(again.body).not.toContain([...nonces][0]);
  });

  it('stream each event as a script of its own as it happens, and say hb first', async () => {
    await start();
    const wire = await talk.open(`p_event=listen&p_id=${await join()}&p_subject=/demo`, '"hb"');
    for (const n of [1, 2]) {
      server.hub.publish('/demo', { n });
      await wire.until(({ body }) => readPage(body).events.length === 2 + n);
    }
    const { body, complete } = wire.answer;
    expect(complete).toBe(false);
    expect(types(readPage(body).events)).toEqual(['listen-ack', 'hb', 'data', 'data']);
    expect(body.match(/<script/g)).toHaveLength(5);
    expect(anonymous(body).startsWith(preamble)).toBe(true);
  });

  it('end in a pull with where to go on and when, which is not pushed', async () => {
    await start();
    const id = await join();
    const first = readPage((await talk.get(`p_event=listen&p_id=${id}&p_mode=pull&p_subject=/demo`)).body);
    expect(types(first.events)).toEqual(['listen-ack']);
    server.hub.publish('/demo', { n: 1 });
    const [path = '', query = ''] = first.refresh?.url.split('?') ?? [];
    expect(path).toBe(servlet);
    const answer = await talk.get(query);
    expect(types(readPage(answer.body).events)).toEqual(['refresh-ack', 'data']);
    expect(anonymous(answer.body)).toMatch(
      /\n<script language="JavaScript" nonce="N">url='\/pushlet\/pushlet\.srv\?[^'<>]+';\n setTimeout\(refresh, \d+\);\n<\/script><\/body><\/html>$/,
    );
  });

  it('let no value out of its string, whatever it is', async () => {
    await start();
    const id = await join();
    const wire = await talk.open(`p_event=listen&p_id=${id}&p_subject=/demo`, '"hb"');
    const texts = [
      '</script><script>parent.x=1</script>',
      '<!--<script>',
      `');parent.x=1//`,
      '");parent.x=1//',
      '\\',
      '\u2028\u2029\r\n\0',
      'ü€😀',
    ];
    for (const text of texts) server.hub.publish('/demo', { text });
    await wire.until(({ body }) => readPage(body).events.length === 2 + texts.length);
    const { events } = readPage(wire.answer.body);
    expect(events.slice(2).map(({ text }) => text)).toEqual(texts);
    expect(wire.answer.body.match(/<script/g)).toHaveLength(3 + texts.length);
  });

  it('let no label, subject or sid of a request out of its string either', async () => {
    await start();
    const hostile = encodeURIComponent(`"</script><script>parent.x=1</script>`);
    const id = await join();
    const label = await talk.get(`p_event=subscribe&p_id=${id}&p_subject=/demo&p_label=${hostile}`);
    expect(readPage(label.body).events[0]?.['p_label']).toBe(decodeURIComponent(hostile));
    for (const query of [
      `p_event=subscribe&p_id=${id}&p_subject=/demo&p_label=${hostile}`,
      `p_event=subscribe&p_id=${id}&p_subject=/demo${hostile}`,
      `p_event=unsubscribe&p_id=${id}&p_sid=${hostile}`,
      `p_event=listen&p_id=${id}&p_mode=${hostile}`,
      `p_event=${hostile}&p_id=${id}`,
      `p_event=join-listen&p_mode=pull&p_subject=/demo&p_label=${hostile}`,
    ]) {
      const { status, body } = await talk.get(query);
      expect(status).toBe(200);
      expect(body).not.toContain('</script><script>parent.x');
      expect(readPage(body).events).toHaveLength(1);
    }
  });

  it('end with abort on shutdown, and the page is whole', async () => {
    await start();
    const id = await join();
    const stream = await talk.open(`p_event=listen&p_id=${id}&p_subject=/demo`, '"hb"');
    const pulling = await join();
    await talk.get(`p_event=listen&p_id=${pulling}&p_mode=pull&p_subject=/demo`);
    const held = await talk.open(`p_event=refresh&p_id=${pulling}`);
    await eventually('both channels', () => server.hub.stats().attached === 2);
    await server.shutDown();
    for (const wire of [stream, held]) {
      const { body } = await wire.until(({ complete }) => complete);
      const { events, refresh } = readPage(body);
      expect([events.at(-1)?.['p_event'], refresh]).toEqual(['abort', undefined]);
      expect(body).toMatch(/<\/script><\/body><\/html>$/);
    }
  });
});
