import type { HandlerOptions } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const join = { type: 'join', format: 'xml' };

async function joining(
  headers: Record<string, string>,
  origins: HandlerOptions['origins'] = [],
  hosts?: string[],
) {
  const { get } = stage({ origins, ...(hosts === undefined ? {} : { hosts }) });
  return get(join, { headers: { host: 'app.example', ...headers } });
}

describe('a request', () => {
  it.each([
    ['without a browser', {}],
    ['of the same origin', { origin: 'https://app.example' }],
    ['of the same origin on its default port', { origin: 'https://app.example', host: 'app.example:443' }],
    ['of the same site and port', { origin: 'http://app.example:8080', host: 'app.example:8080' }],
    [
      'that the browser calls same-origin, behind a proxy with another name',
      { origin: 'https://app.example', host: 'inner:3000', 'sec-fetch-site': 'same-origin' },
    ],
    ['that a person typed', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' }],
    ['of an iframe of ours', { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'iframe' }],
  ])('%s is let in', async (_what, headers) => {
    expect((await joining(headers)).status).toBe(200);
  });

  it.each([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of another port', { origin: 'http://app.example:8080' }],
    ['of the origin null', { origin: 'null' }],
    ['of the origin null that claims its host', { origin: 'null', host: 'null' }],
    ['of another site without an origin', { 'sec-fetch-site': 'cross-site' }],
    ['of a sister site', { 'sec-fetch-site': 'same-site' }],
    [
      'of another site that claims our origin',
      { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
    ],
    ['for a script', { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'script' }],
    ['for an image', { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'image' }],
  ])('%s is refused, and told nothing', async (_what, headers) => {
    const { status, headers: sent, body } = await joining(headers);
    expect(status).toBe(403);
    expect(sent['access-control-allow-origin']).toBeUndefined();
    expect(body).not.toMatch(/join|session|cookie/i);
  });

  it('for a script is refused in json too', async () => {
    const { get } = stage();
    const answer = await get({ type: 'join', format: 'json' }, { headers: { 'sec-fetch-dest': 'script' } });
    expect(answer.status).toBe(403);
  });
});

describe('a listed origin', () => {
  const origins = ['https://Other.example'.toLowerCase()];

  it('is let in and may read the answer, with cookies', async () => {
    const { status, headers } = await joining(
      { origin: 'https://other.example', 'sec-fetch-site': 'cross-site' },
      origins,
    );
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://other.example',
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'retry-after',
      vary: 'Origin',
      'cross-origin-resource-policy': 'cross-origin',
    });
  });

  it('opens the door to no other', async () => {
    for (const origin of ['https://other.example.evil', 'http://other.example', 'https://evil.example']) {
      expect((await joining({ origin }, origins)).status).toBe(403);
    }
  });

  it('may be null, if it must', async () => {
    expect((await joining({ origin: 'null' }, ['null'])).status).toBe(200);
  });

  it('may be any, but then without cookies', async () => {
    const { headers } = await joining({ origin: 'https://any.example', 'sec-fetch-site': 'cross-site' }, [
      '*',
    ]);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect((await joining({ 'sec-fetch-site': 'cross-site' }, ['*'])).status).toBe(403);
  });

  it('must be written as one', () => {
    for (const origin of ['other.example', 'https://other.example/', 'https://*.example', 'x']) {
      expect(() => stage({ origins: [origin] })).toThrow(TypeError);
    }
  });
});

describe('a list of origins', () => {
  const lets = async (origins: HandlerOptions['origins'], origin: string) =>
    (await joining({ origin, 'sec-fetch-site': 'cross-site' }, origins)).status === 200;

  it.each([
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://0f3d5d1c-7d6e-4a6b-9f0e-5f6f6f6f6f6f',
    'file://',
    'app://my_app.local:8080',
  ])('may hold that of an app shell: %s', async (origin) => {
    expect(await lets([origin], origin)).toBe(true);
    expect(await lets([origin], `${origin}x`)).toBe(false);
  });

  it('may hold all names below one, and none beside it', async () => {
    const list = ['https://*.preview.example'];
    for (const origin of ['https://a.preview.example', 'https://a-1.b.preview.example'])
      expect(await lets(list, origin), origin).toBe(true);
    for (const origin of [
      'https://preview.example',
      'https://.preview.example',
      'http://a.preview.example',
      'https://a.preview.example:8443',
      'https://a.preview.example.evil',
      'https://evilpreview.example',
      'https://a.previewxexample',
      'https://evil.example/.preview.example',
      'https://evil.example#.preview.example',
    ])
      expect(await lets(list, origin), origin).toBe(false);
    expect(await lets(['http://*.localhost:3000'], 'http://a.localhost:3000')).toBe(true);
  });

  it('may hold a pattern, which the whole origin must match', async () => {
    const list = [/https:\/\/(?:a|b)\.example|https:\/\/c\.example/g];
    for (const origin of ['https://a.example', 'https://a.example', 'https://c.example'])
      expect(await lets(list, origin)).toBe(true);
    for (const origin of ['https://a.example.evil', 'xhttps://a.example', 'https://c.example:1'])
      expect(await lets(list, origin)).toBe(false);
  });

  it('may hold a function; one that throws, waits or returns anything but true lets nobody in', async () => {
    expect(await lets([(origin) => origin.endsWith('.dev.example')], 'https://x.dev.example')).toBe(true);
    const errors: unknown[] = [];
    const bad = [
      () => {
        throw new Error('broken');
      },
      async () => {
        throw new Error('late');
      },
      () => 'yes',
    ] as unknown as (() => boolean)[];
    const { get } = stage({ origins: bad, onError: (error) => errors.push(error) });
    const headers = { origin: 'https://x.dev.example', host: 'app.example' };
    expect((await get(join, { headers })).status).toBe(403);
    expect(errors.map((error) => (error as Error).message)).toEqual([
      'broken',
      'a function of `origins` returned a promise, expected true or false',
      expect.stringContaining('x.dev.example'),
    ]);
  });

  it.each([
    'https://*',
    'https://*.com',
    '*.app.example',
    'https://a.*.example',
    'https://*.app.example/',
    '://x',
    'x://',
    'capacitor://a/b',
    'x://a*',
  ])('cannot hold %s', (origin) => expect(() => stage({ origins: [origin] })).toThrow('option `origins[0]`'));
});

describe('a refused origin', () => {
  it('is named beside the host that it differs from, to its page and once to the program', async () => {
    const told: unknown[][] = [];
    const { get } = stage({ onError: (error, where) => told.push([(error as Error).message, where]) });
    const headers = { origin: 'http://intranet.example', host: '127.0.0.1:3000', accept: 'application/json' };
    const { body } = await get({ type: 'join', format: 'ndjson' }, { headers });
    await get(join, { headers });
    expect(JSON.parse(body).detail).toBe(
      'the origin "http://intranet.example" is not that of the host "127.0.0.1:3000": list it in the option origins, or let the proxy in front pass the host on',
    );
    expect(told).toEqual([[expect.stringContaining('intranet.example'), 'a page that may not call']]);
  });

  it('cannot fill a log, nor write anything but a name', async () => {
    const told: string[] = [];
    const { get } = stage({ onError: (error) => told.push((error as Error).message) });
    for (let n = 0; n < 100; n += 1)
      await get(join, { headers: { origin: `https://a${n}.example`, host: 'app.example' } });
    expect(told).toHaveLength(32);
    for (const origin of ['https://<script>', 'https://a"b', 'https://a b', `https://${'a'.repeat(300)}`]) {
      const { body, status } = await get(join, { headers: { origin, host: 'app.example' } });
      expect([status, body]).toEqual([403, expect.stringContaining('the origin may not call')]);
    }
  });
});

describe('a preflight', () => {
  it('is answered for a listed origin', async () => {
    const { send } = stage({ origins: ['https://other.example'] });
    const { status, headers } = await send({
      method: 'OPTIONS',
      headers: { origin: 'https://other.example' },
    });
    expect([
      status,
      headers['access-control-allow-methods'],
      headers['access-control-allow-headers'],
    ]).toEqual([204, 'GET, POST', 'content-type, last-event-id']);
  });

  it('allows whatever headers the page wants to send, if they can be headers', async () => {
    const { send } = stage({ origins: ['https://other.example'] });
    const ask = async (asked: string) => {
      const headers = { origin: 'https://other.example', 'access-control-request-headers': asked };
      const answer = await send({ method: 'OPTIONS', headers });
      expect(answer.headers).toMatchObject({ vary: 'Origin, Access-Control-Request-Headers' });
      return answer.headers['access-control-allow-headers'];
    };
    const standing = 'content-type, last-event-id';
    expect(await ask('authorization,content-type')).toBe(`${standing}, authorization`);
    expect(await ask('X-Token, traceparent')).toBe(`${standing}, x-token, traceparent`);
    expect(await ask('a b, x:y, ü, , <i>, x-ok')).toBe(`${standing}, x-ok`);
    expect(await ask(Array.from({ length: 500 }, (_, at) => `x-${at}`).join(','))).toHaveLength(
      `${standing}${Array.from({ length: 64 }, (_, at) => `, x-${at}`).join('')}`.length,
    );
  });

  it('is refused for another', async () => {
    const { send } = stage();
    expect(
      (await send({ method: 'OPTIONS', headers: { origin: 'https://evil.example', host: 'x' } })).status,
    ).toBe(403);
  });
});

describe('listed hosts', () => {
  it('are the only ones served, on any port unless one is named', async () => {
    const hosts = ['app.example', 'other.example:8080'];
    for (const [host, status] of [
      ['app.example', 200],
      ['APP.example:3000', 200],
      ['other.example:8080', 200],
      ['other.example', 403],
      ['rebound.example', 403],
    ] as const) {
      expect((await joining({ host }, [], hosts)).status, host).toBe(status);
    }
  });
});
