import { comet, createHub } from '@cometkit/express';
import { createMetrics, type MetricsOptions } from '@cometkit/metrics';
import { send } from '@cometkit/testkit';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';

let server: DisposableServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('the page', () => {
  it('is a listener of node:http', async () => {
    const hub = createHub();
    server = await disposableServer(createMetrics(hub), '/metrics');
    const { status, headers, body } = await send(server.url);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ]);
    expect(body).toContain('cometkit_sessions_limit 20000\n');
    hub.close();
  });

  it('is a route of Express', async () => {
    const push = comet();
    const app = express().use('/push', push);
    app.get('/metrics', createMetrics(push, { labels: { hub: 'main' } }));
    server = await disposableServer(app, '/metrics');
    const accept = 'application/openmetrics-text;version=1.0.0';
    const { headers, body } = await send(server.url, { headers: { accept } });
    expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body).toContain('cometkit_subscriptions{hub="main"} 0\n');
    await push.close();
  });

  it('is a function from request to response', async () => {
    const hub = createHub();
    const response = await createMetrics(hub).fetch(new Request('http://127.0.0.1/metrics'));
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(await response.text()).toContain('cometkit_sessions_limit');
    hub.close();
  });

  it('answers 500, and says nothing of why, when a metric of the application fails', async () => {
    const hub = createHub();
    const registry = {
      contentType: 'text/plain',
      registerMetric: () => undefined,
      metrics: () => Promise.reject(new Error('secret')),
    };
    const metrics = createMetrics(hub, { registry });
    server = await disposableServer(metrics, '/metrics');
    const { status, body } = await send(server.url);
    expect([status, body]).toEqual([500, 'the metrics cannot be read\n']);
    expect((await metrics.fetch(new Request('http://127.0.0.1/'))).status).toBe(500);
    hub.close();
  });
});

describe('an option that is wrong', () => {
  it.each([
    [{ lables: {} }, 'did you mean `labels`'],
    [{ labels: { reason: 'x' } }, 'option `labels` is an object'],
    [{ labels: { 'a-b': 'x' } }, 'names that have only letters, digits and _'],
    [{ labels: { __name__: 'x' } }, 'option `labels` is an object'],
    [{ labels: { hub: 7 } }, 'option `labels` is an object'],
    [{ registry: {} }, 'option `registry` is an object'],
  ])('is named: %j', (options, message) => {
    expect(() => createMetrics(createHub(), options as MetricsOptions)).toThrow(message);
  });
});
