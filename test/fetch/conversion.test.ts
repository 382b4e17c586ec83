import { describe, expect, it } from 'vitest';
import { Exchange } from '../../packages/fetch/src/exchange.ts';
import { toHttpRequest } from '../../packages/fetch/src/to-http-request.ts';
import { toResponse } from '../../packages/fetch/src/to-response.ts';

const quiet = (): Exchange => new Exchange(new AbortController());
const convert = (url: string, init?: RequestInit) => toHttpRequest(new Request(url, init), {}, quiet());

function post(body: RequestInit['body']): ReturnType<typeof convert> {
  return convert('http://a/push', { method: 'POST', body: body ?? null, duplex: 'half' } as RequestInit);
}

describe('a request', () => {
  it.each([
    ['http://a.example/push?p_event=join', '/push', 'p_event=join', false],
    ['https://a.example:8443/a/b?x=?#frag?ment', '/a/b', 'x=?', true],
    ['http://a.example', '/', '', false],
    ['http://a.example?/x', '/', '/x', false],
  ])('of %s has path, query and scheme', (url, path, query, secure) => {
    expect(convert(url)).toMatchObject({ path, query, secure });
  });

  it('gives headers in any case', () => {
    const request = convert('http://a/', { headers: { 'X-One': '1' } });
    expect([request.header('x-ONE'), request.header('x-two')]).toEqual(['1', undefined]);
  });

  it('knows the address that it was told, or none', () => {
    const request = new Request('http://a/');
    expect(toHttpRequest(request, { address: '10.0.0.1' }, quiet()).address).toBe('10.0.0.1');
    expect(toHttpRequest(request, {}, quiet()).address).toBe('');
  });
});

describe('a body', () => {
  it('is read as text, also where a character is cut in two', async () => {
    const [first, second] = [new Uint8Array([0x7b, 0xc3]), new Uint8Array([0xa9, 0x7d])];
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(first);
        controller.enqueue(second);
        controller.close();
      },
    });
    expect(await post(body).readBody(4)).toEqual({ kind: 'text', text: '{é}' });
  });

  it('may be missing', async () => {
    expect(await convert('http://a/', { method: 'POST' }).readBody(1)).toEqual({ kind: 'text', text: '' });
  });

  it('is refused past the limit, counted in bytes', async () => {
    await expect(post('éé').readBody(3)).rejects.toMatchObject({ code: 'body-too-large' });
  });

  it('is refused when it breaks off, or when somebody has read it before', async () => {
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });
    await expect(post(broken).readBody(9)).rejects.toMatchObject({ code: 'malformed-request' });
    const used = new Request('http://a/', { method: 'POST', body: 'x' });
    await used.text();
    const request = toHttpRequest(used, {}, quiet());
    await expect(request.readBody(9)).rejects.toMatchObject({ code: 'malformed-request' });
  });
});

describe('a response', () => {
  it('carries status, headers, length and body', async () => {
    const answer = { status: 201, headers: { 'set-cookie': ['a=1', 'b=2'], 'x-one': '1' }, body: 'é' };
    const response = toResponse(answer, quiet());
    expect([response.status, response.headers.get('x-one'), response.headers.getSetCookie()]).toEqual([
      201,
      '1',
      ['a=1', 'b=2'],
    ]);
    expect([response.headers.get('content-length'), await response.text()]).toEqual(['2', 'é']);
  });

  it('has no body where HTTP has none', async () => {
    const response = toResponse({ status: 204, headers: {}, body: '' }, quiet());
    expect([response.status, response.body]).toEqual([204, null]);
  });

  it('tells a watcher whether its body was taken', async () => {
    const exchange = quiet();
    const told: boolean[] = [];
    exchange.onClose((complete) => told.push(complete));
    const response = toResponse({ status: 200, headers: {}, body: 'text' }, exchange);
    expect(told).toEqual([]);
    expect(await response.text()).toBe('text');
    expect(told).toEqual([true]);
  });
});
