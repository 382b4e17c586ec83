import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

const join = { p_event: 'join', p_format: 'xml' };

async function joining(headers: Record<string, string>, origins: string[] = [], hosts?: string[]) {
  const { get } = stage({ origins, ...(hosts === undefined ? {} : { hosts }) });
  return get(join, { headers: { host: 'app.example', ...headers } });
}

describe('SEC-64, SEC-65: a request', () => {
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
    expect(body).not.toContain('evil');
  });

  it('SEC-67: for a script is refused in json too', async () => {
    const { get } = stage();
    const answer = await get(
      { p_event: 'join', p_format: 'json' },
      { headers: { 'sec-fetch-dest': 'script' } },
    );
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

describe('SEC-66: listed hosts', () => {
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
