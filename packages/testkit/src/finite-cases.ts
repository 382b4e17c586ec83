import assert from 'node:assert/strict';
import { openStream, send } from './http-client.ts';
import { type AdapterCase, command, join, publishKey, urlOf } from './stage.ts';

/** What every adapter does with answers that end. */
export const finiteCases: Readonly<Record<string, AdapterCase>> = {
  'answers a join in each format': async (stage) => {
    for (const [format, type] of Object.entries(mediaTypes)) {
      const answer = await command(stage, { type: 'join', format });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], type);
      assert.match(answer.body, /join-ack/);
    }
  },

  'keeps an answer from being stored, transformed, buffered or sniffed': async (stage) => {
    const { headers } = await send(`${stage.url}?p_event=join`);
    assert.match(headers['cache-control'] ?? '', /no-store.*no-transform/);
    assert.equal(headers['x-accel-buffering'], 'no');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['incremental'], undefined);
  },

  'takes commands of the original as an element, as JSON and as a form': async (stage) => {
    const bodies = [
      '<event p_event="join" p_format="xml" />',
      '{"p_event":"join","p_format":"xml"}',
      'p_event=join&p_format=xml',
    ];
    for (const body of bodies) {
      const answer = await send(stage.url, { body });
      assert.match(answer.body, /^<event p_event="join-ack" .*\/>$/);
    }
  },

  'takes commands with modern names as a query, as JSON and as a form': async ({ url }) => {
    const json = { 'content-type': 'application/json' };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answers = [
      await send(`${url}?type=join&format=ndjson`),
      await send(url, { body: '{"type":"join","format":"ndjson"}', headers: json }),
      await send(url, { body: 'type=join&format=ndjson', headers: form }),
    ];
    for (const { body } of answers) assert.match(body, /^{"type":"join-ack".*}\n$/);
  },

  'publishes what a program of elsewhere sends with a key': async ({ url, hub }) => {
    const body = '[{"subject":"/a","data":1},{"subject":"/a","data":2}]';
    const json = { 'content-type': 'application/json' };
    const post = (authorization: string) =>
      send(`${url}?publish`, { body, headers: { ...json, authorization } });
    const answer = await post(`Bearer ${publishKey}`);
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.body).cursor, hub.cursor());
    assert.equal((await post('Bearer x')).status, 401);
    assert.equal(hub.stats().published, 2);
  },

  'writes the answer that Accept asks for': async ({ url }) => {
    const { headers, body } = await send(`${url}?type=join`, { headers: { accept: 'application/json' } });
    assert.equal(headers['content-type'], 'application/json');
    assert.match(body, /^\[{"type":"join-ack".*}\]\n$/);
  },

  'takes blanks, percent escapes and UTF-8 in a query': async (stage) => {
    const fields = { type: 'join-listen', format: 'ndjson', subject: '/caf\u00e9', label: 'a b+c&d' };
    const stream = await openStream(urlOf(stage, fields));
    assert.match(await stream.until('join-listen-ack'), /"label":"a b\+c&d"/);
    stage.hub.publish('/caf\u00e9', 1);
    await stream.until('"subject":"/caf\u00e9"');
    stream.close();
  },

  'runs nothing for HEAD': async ({ hub, url }) => {
    const answer = await send(`${url}?p_event=join`, { method: 'HEAD' });
    assert.deepEqual([answer.status, answer.body, hub.stats().sessions], [200, '', 0]);
  },

  'refuses other methods': async ({ url }) => {
    const answer = await send(`${url}?p_event=join`, { method: 'DELETE' });
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, POST, HEAD, OPTIONS']);
  },

  'refuses another origin': async ({ hub, url }) => {
    const answer = await send(`${url}?p_event=join`, { headers: { origin: 'https://evil.example' } });
    assert.deepEqual([answer.status, hub.stats().sessions], [403, 0]);
  },

  'refuses a body that is too large': async ({ url }) => {
    const answer = await send(url, { body: `p_event=join&x=${'y'.repeat(10_000)}` });
    assert.equal(answer.status, 413);
  },

  'refuses a session that is not there, in the way of each dialect': async (stage) => {
    const classic = await send(`${stage.url}?p_event=refresh&p_id=nobody`);
    assert.equal(classic.status, 400);
    assert.match(classic.body, /<html>.*invalid or expired id/);
    const modern = await command(stage, { type: 'refresh', session: 'nobody' });
    assert.equal(modern.status, 410);
    assert.equal(modern.headers['content-type'], 'application/problem+json');
    assert.match(modern.body, /invalid or expired id/);
  },

  'refuses a session to who shows only its id': async (stage) => {
    const { id } = await join(stage, 'ndjson');
    const answer = await command(stage, { type: 'heartbeat', session: id });
    assert.equal(answer.status, 410);
  },

  'publishes what a client publishes': async (stage) => {
    const session = await join(stage, 'ndjson');
    await session.command({ type: 'subscribe', subject: '/chat' });
    await session.command({ type: 'listen', mode: 'poll' });
    await session.command({ type: 'publish', subject: '/chat', data: 'hi' });
    const answer = await session.command({ type: 'refresh' });
    assert.match(answer.body, new RegExp(`"from":"${session.id}","data":"hi"`));
  },

  'publishes the fields that a client of the original publishes': async (stage) => {
    const session = await join(stage, 'xml');
    await session.command({ type: 'subscribe', subject: '/chat' });
    await session.command({ type: 'listen', mode: 'poll' });
    await session.command({ type: 'publish', subject: '/chat', text: 'hi' });
    const answer = await session.command({ type: 'refresh' });
    assert.match(answer.body, new RegExp(`p_from="${session.id}" text="hi"`));
  },
};

const mediaTypes = {
  js: 'text/html;charset=UTF-8',
  xml: 'text/plain;charset=UTF-8',
  'xml-strict': 'text/xml;charset=UTF-8',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  sse: 'text/event-stream',
};
