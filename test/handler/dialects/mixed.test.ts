import { expect, it } from 'vitest';
import { stage } from '../kit.ts';

it.each([
  ['a query', { query: 'p_event=join-listen&subject=/a' }],
  ['a query with both of a name', { query: 'p_event=join-listen&p_subject=/a&subject=/b' }],
  ['a query without a command', { query: 'subject=/a&p_format=xml' }],
  ['a query that acknowledges', { query: 'type=listen&p_id=x&ack=y' }],
  ['a form', { body: 'p_event=subscribe&session=x' }],
  ['JSON', { body: '{"p_event":"subscribe","session":"x","subject":"/a"}' }],
  ['an element', { body: '<event p_event="join-listen" subject="/a"/>' }],
])('%s that mixes the names of two dialects is refused', async (_what, request) => {
  const { send, hub } = stage();
  const { status, body } = await send(request);
  expect(status).toBe(400);
  expect(body).toMatch(/(type|subject|session|ack) and names that begin with p_ belong to two dialects/);
  expect(hub.stats().sessions).toBe(0);
});

it('a classic publish may carry data under any name', async () => {
  const { join, send, hub } = stage({ authorize: { publish: true } });
  const alice = await join('xml');
  await alice.does('listen', { mode: 'poll', subject: '/a' });
  const query = `p_event=publish&p_id=${alice.id}&p_subject=/a&subject=s&type=t&session=u`;
  await send({ query, headers: { cookie: alice.cookie } });
  expect(hub.stats().published).toBe(1);
  expect((await alice.does('refresh')).body).toContain('subject="s" type="t" session="u"');
});
