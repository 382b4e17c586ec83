import { describe, expect, it } from 'vitest';
import { openingPauseMs } from '../../packages/handler/src/transports/opening-frames.ts';
import { type Fields, stage } from './kit.ts';

// The bytes of protocol facts 4, with the ids and the time of a runtime that counts up and stands still.
const id = '0000000000000000000003';
const sid = '0000000000000000000005';
const nonce = '0000000000000000000006';
const page =
  '<html><head><meta http-equiv="Pragma" content="no-cache"><meta http-equiv="Expires" content="Tue, 31 Dec 1997 23:59:59 GMT"></head><body>\n';
const tag = `<script language="JavaScript" nonce="${nonce}">`;

async function streamed(format: string): Promise<string> {
  const { get, hub, advance } = stage();
  const fields: Fields = { type: 'join-listen', subject: '/fx', label: 'l', format };
  const { outlet } = await get(fields);
  hub.publish('/fx/eur', { bid: '1.07', n: 2 });
  await advance(openingPauseMs);
  return outlet.text;
}

describe('a stream', () => {
  it('is in xml a row of elements', async () => {
    expect(await streamed('xml')).toBe(
      `<event p_event="join-listen-ack" p_mode="stream" p_id="${id}" p_sid="${sid}" p_label="l" p_format="xml" p_time="1700000000" />` +
        '<event p_event="hb" p_time="1700000000" p_seq="1" />' +
        `<event p_event="data" p_sid="${sid}" p_label="l" p_seq="2" p_subject="/fx/eur" p_time="1700000000" bid="1.07" n="2" />`,
    );
  });

  it('is in xml-strict an open document', async () => {
    expect(await streamed('xml-strict')).toMatch(
      /^<pushlet><event p_event="join-listen-ack" .*\/><event p_event="hb" .*\/><event p_event="data" .*bid="1\.07" n="2" \/>$/,
    );
  });

  it('is in js a page of calls to parent.push', async () => {
    expect(await streamed('js')).toBe(
      `${page}${tag} var url=" "; \nfunction refresh() { document.location.href=url; }</script>` +
        `${tag}parent.push('p_event', "join-listen-ack",'p_mode', "stream",'p_id', "${id}",'p_sid', "${sid}",'p_label', "l",'p_format', "js",'p_time', "1700000000");</script>` +
        `${tag}parent.push('p_event', "hb",'p_time', "1700000000",'p_seq', "1");</script>` +
        `${tag}parent.push('p_event', "data",'p_sid', "${sid}",'p_label', "l",'p_seq', "2",'p_subject', "/fx/eur",'p_time', "1700000000",'bid', "1.07",'n', "2");</script>`,
    );
  });

  it('is in json an open array', async () => {
    expect(await streamed('json')).toMatch(
      /^\[\{ "p_event": "join-listen-ack" ,.* {2}\},\{ "p_event": "hb" ,.* {2}\},\{ "p_event": "data" ,.*"bid": "1\.07" ,"n": "2" {2}\}$/,
    );
  });

  it('is in ndjson one object a line, the same for every session', async () => {
    const [ack, hb, data] = (await streamed('ndjson'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(ack).toEqual({
      type: 'join-listen-ack',
      mode: 'stream',
      session: id,
      key: '0000000000000000000004',
      subscription: sid,
      label: 'l',
      time: 1_700_000_000_000,
      version: 1,
      cursor: expect.stringMatching(/^[0-9a-z]+-0-[0-9a-z]+$/),
      generation: 1,
      idleMs: 10_000,
      window: 4096,
      windowChars: 4_194_304,
    });
    expect(hb).toEqual({ type: 'heartbeat', time: 1_700_000_000_000 });
    expect(data).toEqual({
      type: 'data',
      subject: '/fx/eur',
      cursor: expect.stringMatching(/^[0-9a-z]+-1-[0-9a-z]+$/),
      time: 1_700_000_000_000,
      data: { bid: '1.07', n: 2 },
    });
  });

  it('is in sse what EventSource reads, with cursors as ids', async () => {
    expect(await streamed('sse')).toMatch(
      /^retry: 2000\n\nevent: join-listen-ack\nid: \w+-0-\w+\ndata: .*\n\nevent: heartbeat\ndata: .*\n\nid: \w+-1-\w+\ndata: \{"bid":"1\.07","n":2\}\n\n$/,
    );
  });
});

describe('a pull', () => {
  it('is in xml-strict one document that ends with refresh', async () => {
    const { join, hub } = stage();
    const alice = await join('xml-strict');
    const first = await alice.does('listen', { mode: 'long-poll', subject: '/chat' });
    expect(first.body).toMatch(
      /^<pushlet><event p_event="listen-ack" p_mode="pull" p_id="\w+" p_sid="\w+" p_format="xml-strict" p_time="1700000000" \/><event p_event="refresh" p_wait="2000" p_url="\/push\?p_id=\w+&amp;p_event=refresh&amp;p_ack=[\w-]+" p_time="1700000000" \/><\/pushlet>$/,
    );
    hub.publish('/chat', { msg: "5 < 6 & it's" });
    expect((await alice.does('refresh')).body).toMatch(
      /^<pushlet><event p_event="refresh-ack" p_time="1700000000" \/><event p_event="data" p_sid="\w+" p_seq="1" p_subject="\/chat" p_time="1700000000" msg="5 &lt; 6 &amp; it&apos;s" \/><event p_event="refresh" [^>]* \/><\/pushlet>$/,
    );
  });

  it('is in js a page that calls itself again', async () => {
    const { join } = stage();
    const alice = await join('js');
    const { body } = await alice.does('listen', { mode: 'poll' });
    expect(body).toMatch(/parent\.push\('p_event', "listen-ack",'p_mode', "poll"/);
    expect(body).toMatch(
      /url='\/push\?p_id=\w+\\u0026p_event=refresh\\u0026p_ack=[\w-]+';\n setTimeout\(refresh, 6000\);\n<\/script><\/body><\/html>$/,
    );
  });

  it.each([
    ['json', /^\[\{ "p_event": "refresh-ack" .*\},\{ "p_event": "data" .*\},\{ "p_event": "refresh" .*\}\]$/],
    [
      'xml',
      /^<event p_event="refresh-ack" [^>]*\/><event p_event="data" [^>]*\/><event p_event="refresh" [^>]*\/>$/,
    ],
    ['ndjson', /^\{"type":"refresh-ack".*\}\n\{"type":"data".*\}\n\{"type":"refresh".*\}\n$/],
    [
      'sse',
      /^retry: 2000\n\nevent: refresh-ack\ndata: .*\n\nid: .*\ndata: .*\n\nevent: refresh\ndata: .*\n\n$/,
    ],
  ])('is in %s whole', async (format, bytes) => {
    const { join, hub } = stage();
    const alice = await join(format);
    await alice.does('listen', { mode: 'long-poll', subject: '/a' });
    hub.publish('/a', { x: 1 });
    expect((await alice.does('refresh')).body).toMatch(bytes);
  });

  it('is numbered anew in every answer', async () => {
    const { join, hub, advance } = stage();
    const alice = await join('xml');
    await alice.does('subscribe', { subject: '/a' });
    for (const x of [1, 2]) {
      await advance(2000);
      hub.publish('/a', { x });
      expect((await alice.does('refresh')).body).toContain(
        `p_seq="1" p_subject="/a" p_time="170000000${2 * x}" x="${x}"`,
      );
    }
  });
});

describe('format', () => {
  it('is js when a join names none', async () => {
    const { get } = stage();
    expect((await get({ type: 'join' })).body).toContain(`parent.push('p_event', "join-ack"`);
  });

  it('is remembered, and may be another for one answer', async () => {
    const { join } = stage();
    const alice = await join('xml');
    expect((await alice.does('heartbeat')).body).toBe('<event p_event="hb-ack" p_time="1700000000" />');
    expect((await alice.does('heartbeat', { format: 'json' })).body).toMatch(/^\[\{/);
    expect((await alice.does('heartbeat')).body).toMatch(/^<event/);
  });
});
