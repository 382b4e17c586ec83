import http from 'node:http';
import { Socket } from 'node:net';
import { createClient } from '@cometkit/client';
import { createClassicClient } from '@cometkit/client/classic';
import { createSharedClient } from '@cometkit/client/shared';
import { createPureHub } from '@cometkit/core';
import { comet } from '@cometkit/express';
import { createFetchHandler } from '@cometkit/fetch';
import { createHandler } from '@cometkit/handler';
import { createMetrics } from '@cometkit/metrics';
import { natsCluster } from '@cometkit/nats';
import { createRouteHandlers, getHub } from '@cometkit/next';
import { createHub, createNodeHandler, createPushServer } from '@cometkit/node';
import { instrument } from '@cometkit/opentelemetry';
import { createHooks } from '@cometkit/react';
import { redisCluster } from '@cometkit/redis';
import { createDatagramServer, createPolicyServer, createXmlSocketServer } from '@cometkit/socket';
import { attachWebSocket } from '@cometkit/websocket';
import { describe, expect, it } from 'vitest';

type Given = Record<string, unknown>;
type Factory = (options: Given) => unknown;

const hub = () => createHub();
const push = () => createHandler(hub());
const server = () => http.createServer();

/** Every factory that takes options, by its name; the options are of any kind, as JavaScript gives them. */
const factories: Record<string, Factory> = {
  createHub: (options) => createHub(options as never),
  createHandler: (options) => createHandler(hub(), options),
  createNodeHandler: (options) => createNodeHandler(hub(), options),
  createPushServer: (options) => createPushServer(server(), push(), { path: '/push', ...options } as never),
  comet: (options) => comet(options),
  'comet().mount': (options) => comet().mount(options),
  'comet().attach': (options) => comet().attach(server(), options),
  'createNodeHandler().attach': (options) => createNodeHandler(hub()).attach(server(), options),
  createFetchHandler: (options) => createFetchHandler(hub(), options),
  createRouteHandlers: (options) => createRouteHandlers(options),
  getHub: (options) => getHub(options),
  createMetrics: (options) => createMetrics(hub(), options),
  natsCluster: (options) => natsCluster(options as never),
  redisCluster: (options) => redisCluster(options as never),
  instrument: (options) => instrument(hub(), options),
  attachWebSocket: (options) => attachWebSocket(server(), push(), options),
  createXmlSocketServer: (options) => createXmlSocketServer(push(), options),
  createDatagramServer: (options) => createDatagramServer(push(), options),
  createClient: (options) => createClient('http://127.0.0.1:9/push', options),
  createSharedClient: (options) => createSharedClient('http://127.0.0.1:9/push', options),
  createClassicClient: (options) => createClassicClient('http://127.0.0.1:9/push', {}, options),
  createHooks: (options) => createHooks(options),
};

const handlers = [
  'createHandler',
  'createNodeHandler',
  'comet',
  'comet().mount',
  'createFetchHandler',
  'createRouteHandlers',
];
const clients = ['createClient', 'createSharedClient', 'createClassicClient', 'createHooks'];

const make = (name: string, options: Given) => () => factories[name]?.(options);
const ofAll = (names: readonly string[], cases: readonly (readonly [Given, string])[]) =>
  names.flatMap((name) => cases.map(([given, said]) => [name, given, said] as const));

describe('an option that is not known', () => {
  it.each(Object.keys(factories))('makes %s throw', (name) => {
    expect(make(name, { qqqqqq: 1 })).toThrow(new TypeError('unknown option `qqqqqq`'));
    expect(make(name, { qqqqqq: undefined })).toThrow(TypeError);
  });

  it.each([
    ...ofAll(handlers, [
      [{ authorise: { join: () => false } }, 'unknown option `authorise`; did you mean `authorize`?'],
      [
        { authorize: { publsh: true } },
        'unknown option `authorize.publsh`; did you mean `authorize.publish`?',
      ],
      [{ publish: () => true }, 'did you mean `authorize.publish`?'],
      [{ join: () => true }, 'did you mean `authorize.join`?'],
      [{ onerror: () => 0 }, 'did you mean `onError`?'],
      [
        { joinRate: { perSecond: 1, brust: 1 } },
        'unknown option `joinRate.brust`; did you mean `joinRate.burst`?',
      ],
      [{ longPollWaitMs: { min: 1, maximum: 2 } }, 'did you mean `longPollWaitMs.max`?'],
      [{ origin: ['https://a.example'] }, 'did you mean `origins`?'],
      [JSON.parse('{"__proto__":{"join":true}}'), 'unknown option `__proto__`'],
    ]),
    ['comet', { leaseMs: 5 }, 'unknown option `leaseMs`; did you mean `hub.leaseMs`?'],
    ['comet', { maxAgeMs: 5 }, 'did you mean `hub.log.maxAgeMs`?'],
    ['comet', { hub: { leasems: 5 } }, 'unknown option `hub.leasems`; did you mean `hub.leaseMs`?'],
    ['comet', { hub: { maxEvents: 5 } }, 'did you mean `hub.log.maxEvents`?'],
    ['comet', { hub: { origins: [] } }, 'unknown option `hub.origins`; did you mean `origins`?'],
    ['createRouteHandlers', { leaseMs: 5 }, 'did you mean `hub.leaseMs`?'],
    ['createNodeHandler', { leaseMs: 5 }, 'did you mean `leaseMs` of createHub?'],
    ['createHub', { authorize: {} }, 'did you mean `authorize` of what serves the hub?'],
    ['attachWebSocket', { origins: [] }, 'did you mean `origins` of the handler?'],
    ['createXmlSocketServer', { polices: [] }, 'did you mean `policy`?'],
    [
      'createXmlSocketServer',
      { policy: [{ domian: '*' }] },
      'unknown option `policy[0].domian`; did you mean',
    ],
    ['createDatagramServer', { groups: [{ subjects: '/a' }] }, 'did you mean `groups[0].subject`?'],
    ...ofAll(clients, [
      [{ transport: ['stream'] }, 'did you mean `transports`?'],
      [{ runtime: { fetsh: fetch } }, 'did you mean `runtime.fetch`?'],
    ]),
  ] as [string, Given, string][])('of %s in %j is named with the nearest one', (name, given, said) => {
    expect(make(name, given)).toThrow(TypeError);
    expect(make(name, given)).toThrow(said);
  });

  it('is not repeated when it does not look like a name', () => {
    expect(() => comet({ '\u001b[31m\n': 1 } as never)).toThrow(
      new TypeError('unknown option in the options'),
    );
  });
});

describe('an option of the wrong kind', () => {
  it.each([
    ...ofAll(handlers, [
      [{ origins: '*' }, 'option `origins` is a string, expected an array, each item an origin'],
      [{ origins: [7] }, 'option `origins[0]` is 7, expected an origin'],
      [{ hosts: 'localhost' }, 'option `hosts` is a string, expected an array'],
      [
        { authorize: { join: 'x' } },
        'option `authorize.join` is a string, expected a function, or true or false',
      ],
      [{ authorize: () => true }, 'option `authorize` is a function, expected an object of options'],
      [{ authorize: null }, 'option `authorize` is null'],
      [{ onError: console }, 'option `onError` is an object, expected a function'],
      [{ stallMs: '30' }, 'option `stallMs` is a string, expected a positive integer'],
      [{ joinRate: true }, 'option `joinRate` is true, expected false or an object of options'],
      [{ joinRate: { perSecond: '1', burst: 1 } }, 'option `joinRate.perSecond` is a string'],
      [{ runtime: {} }, 'option `runtime` is an object, expected an object with the methods now'],
    ]),
    ['comet', { hub: 7 }, 'option `hub` is 7, expected a hub or an object of options'],
    ['comet', { hub: { leaseMs: '5' } }, 'option `hub.leaseMs` is a string'],
    ['createPushServer', { tls: 'pem' }, 'option `tls` is a string'],
    ['createPushServer', { address: '1.2.3.4' }, 'option `address` is a string, expected a function'],
    ['attachWebSocket', { compression: 'yes' }, 'option `compression` is a string, expected true or false'],
    ['attachWebSocket', { path: 'push' }, 'option `path` is a string, expected a path that begins with "/"'],
    ['createXmlSocketServer', { policy: '*' }, 'option `policy` is a string, expected an array'],
    [
      'createDatagramServer',
      { groups: [{ subject: '/a', address: '224.0.0.9', port: '1' }] },
      'groups[0].port',
    ],
    ...ofAll(clients, [
      [{ transports: 'stream' }, 'option `transports` is a string, expected an array'],
      [{ transports: ['websocket'] }, 'option `transports[0]` is a string, expected a transport'],
      [{ headers: 'Bearer t0k3n' }, 'option `headers` is a string, expected an object or a function'],
    ]),
  ] as [string, Given, string][])('of %s in %j is named with what is expected', (name, given, said) => {
    expect(make(name, given)).toThrow(TypeError);
    expect(make(name, given)).toThrow(said);
    expect(make(name, given)).not.toThrow('t0k3n');
  });

  it.each([
    ...ofAll(handlers, [
      [{ stallMs: Number.NaN }, 'option `stallMs` is NaN, expected a positive integer'],
      [{ maxFields: -1 }, 'option `maxFields` is -1'],
      [
        { joinRate: { perSecond: 0, burst: 1 } },
        'option `joinRate.perSecond` is 0, expected a positive number',
      ],
      [{ matching: 'exact' }, 'option `matching` is "exact", expected one of "path", "prefix"'],
      [{ pollWaitMs: { min: 9, max: 3 } }, 'option `pollWaitMs` is out of range'],
    ]),
    ['attachWebSocket', { pingMs: 0 }, 'option `pingMs` is 0'],
    ['createDatagramServer', { type: 'udp' }, 'option `type` is "udp", expected one of "udp4", "udp6"'],
    ...ofAll(clients, [[{ queueLimit: -1 }, 'option `queueLimit` is -1']]),
  ] as [string, Given, string][])('of %s in %j is out of range', (name, given, said) => {
    expect(make(name, given)).toThrow(RangeError);
    expect(make(name, given)).toThrow(said);
  });

  it.each([null, 7, 'x', [], () => 0])('as a whole is %s', (options) => {
    expect(() => comet(options as never)).toThrow(TypeError);
  });

  it('is also refused in the options of a policy server and of a subscription', async () => {
    expect(() => createPolicyServer([{ domain: '*', port: '1' } as never])).toThrow('`rules[0].ports`');
    const client = createClient('http://127.0.0.1:9/push');
    expect(() => client.subscribe('/a', { lst: 3 } as never)).toThrow('did you mean `last`?');
    await client.close();
  });
});

describe('what is no options at all', () => {
  it('is told by comet in words of its own', () => {
    expect(() => comet(createHub() as never)).toThrow(
      new TypeError('the options are a hub: write comet({ hub })'),
    );
    expect(() => comet(new http.IncomingMessage(new Socket()) as never)).toThrow(
      /app\.use\('\/push', comet\(\)\)/,
    );
    expect(() => comet(null as never)).toThrow(/the options are null/);
    expect(() => createClient('/push', null as never)).toThrow(/the options are null/);
  });
});

describe('a wrong first argument', () => {
  const wrong = [undefined, null, {}, 'x', 7, []].map((value) => value as never);

  it.each([
    ['createMetrics', createMetrics, /first argument must be a hub/],
    ['createXmlSocketServer', createXmlSocketServer, /first argument must be a handler/],
    ['createDatagramServer', createDatagramServer, /first argument must be a handler/],
    ['createFetchHandler', createFetchHandler, /first argument must be a hub/],
    ['createNodeHandler', createNodeHandler, /first argument must be a hub/],
    ['createPureHub', createPureHub, /first argument must be a runtime/],
    ['attachWebSocket', (given: never) => attachWebSocket(given, push()), /first argument must be a server/],
    [
      'hub.revoke',
      (given: never) =>
        typeof given === 'object' && given !== null ? hub().revoke('x' as never) : hub().revoke(given),
      /first argument must be a session/,
    ],
  ] as const)('of %s is named', (_name, factory, said) => {
    // Generic factories make no common type.
    const make = factory as (given: never) => unknown;
    for (const given of wrong) {
      expect(() => make(given)).toThrow(TypeError);
      expect(() => make(given)).toThrow(said);
    }
  });

  it('of attachWebSocket may have changed places with the second', () => {
    expect(() => attachWebSocket(push() as never, server() as never)).toThrow(
      /first argument must be a server/,
    );
    expect(() => attachWebSocket(server(), {} as never)).toThrow(/second argument must be a handler/);
  });
});

it.each([
  ['attachWebSocket', (closed: ReturnType<typeof createNodeHandler>) => attachWebSocket(server(), closed)],
  ['attach', (closed: ReturnType<typeof createNodeHandler>) => closed.attach(server())],
  ['createXmlSocketServer', (closed: ReturnType<typeof createNodeHandler>) => createXmlSocketServer(closed)],
  ['createDatagramServer', (closed: ReturnType<typeof createNodeHandler>) => createDatagramServer(closed)],
])('%s refuses a handler whose hub is closed', async (_name, make) => {
  const closed = createNodeHandler(hub());
  await closed.close();
  expect(() => make(closed)).toThrow('the hub of this handler is closed');
});

it('the nearest option is the one with the fewest wrong letters', () => {
  expect(() => createHub({ loger: console } as never)).toThrow(/did you mean `logger`/);
});
