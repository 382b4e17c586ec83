import { createClient } from '@cometkit/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { unusedPort } from '../support/unused-port.ts';
import { type Served, serve, typed } from './kit.ts';

vi.setConfig({ testTimeout: 60_000 });

let served: Served | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

/** Starts a server that remembers what was published. */
async function remembering(): Promise<{ url: string; published: unknown[] }> {
  const published: unknown[] = [];
  served = await serve({
    authorize: {
      publish: ({ subject, data }) => {
        published.push([subject, data]);
        return true;
      },
    },
  });
  return { url: served.url, published };
}

describe('publish', () => {
  it.each([
    [['{"a":[1,null]}'], { a: [1, null] }],
    [['hello you'], 'hello you'],
    [['5'], 5],
    [['--text', '5'], '5'],
  ])('sends %j', async (args, data) => {
    const { url, published } = await remembering();
    const ended = await typed(['publish', url, '/chat', ...args]);
    expect(ended).toEqual({ code: 0, out: '', err: '-- 1 event accepted\n' });
    expect(published).toEqual([['/chat', data]]);
  });

  it('reads the standard input', async () => {
    const { url, published } = await remembering();
    await typed(['publish', url, '/chat', '-'], { input: '{"a":\n1}\n' });
    await typed(['publish', url, '/chat'], { input: 'two\nlines\n' });
    expect(published).toEqual([
      ['/chat', { a: 1 }],
      ['/chat', 'two\nlines'],
    ]);
  });

  it('sends one event for each line, in their order', async () => {
    const { url, published } = await remembering();
    const input = '1\r\n\n{"n":2}\nthree';
    const { code, err } = await typed(['publish', url, '/chat', '-', '--lines'], { input });
    expect([code, err]).toEqual([0, '-- 3 events accepted\n']);
    expect(published).toEqual([1, { n: 2 }, 'three'].map((data) => ['/chat', data]));
  });

  it('sends to one session', async () => {
    served = await serve();
    const client = createClient(served.url);
    const got: unknown[] = [];
    client.on('event', ({ data, to }) => got.push([data, to === client.id]));
    await eventually('the client is open', () => client.state === 'open');
    expect((await typed(['publish', served.url, '/chat', '1', '--to', client.id ?? ''])).code).toBe(0);
    await eventually('the event', () => got.length > 0);
    expect(got[0]).toEqual([1, expect.any(Boolean)]);
    await client.close();
  });

  it('sends the headers that it is given', async () => {
    served = await serve({
      authorize: { join: ({ request }) => request.header('authorization') === 'Bearer x' },
    });
    expect((await typed(['publish', served.url, '/a', '1', '-H', 'Authorization: Bearer x'])).code).toBe(0);
    expect((await typed(['publish', served.url, '/a', '1'])).code).toBe(1);
  });
});

describe('publish fails with the code 1 and one line', () => {
  it('when the server does not let it', async () => {
    served = await serve({ authorize: { publish: ({ data }) => data !== 'no' } });
    const input = 'yes\nno\nnever\n';
    const { code, err } = await typed(['publish', served.url, '/a', '-', '--lines'], { input });
    expect(code).toBe(1);
    expect(err).toMatch(/^error: event 2: .*\[cometkit explain not-authorized\]\n$/);
  });

  it('when the subject is none', async () => {
    served = await serve();
    const { code, err } = await typed(['publish', served.url, 'chat', '1']);
    expect([code, err]).toEqual([1, expect.stringContaining('[cometkit explain invalid-subject]')]);
  });

  it('when there is nothing to publish', async () => {
    served = await serve();
    const { code, err } = await typed(['publish', served.url, '/a']);
    expect([code, err]).toEqual([1, expect.stringContaining('there is nothing to publish')]);
  });

  it('when no server answers in time', async () => {
    const url = `http://127.0.0.1:${await unusedPort()}/push`;
    const { code, err } = await typed(['publish', url, '/a', '1', '--timeout', '1']);
    expect(code).toBe(1);
    expect(err).toMatch(/^error: no answer in 1 s: .*see that the server runs.*\n$/);
  });
});
