import { expect, it } from 'vitest';
import { RealServer } from './server-kit.ts';

// What Vue looks at before it wraps a value: its mark on the value, and whether it can be extended.
function wraps(value: object): boolean {
  return (value as { __v_skip?: boolean }).__v_skip !== true && Object.isExtensible(value);
}

it('a client and its subscriptions are not wrapped by Vue, whose proxies cannot read private members', async () => {
  const server = await RealServer.start();
  const client = server.client();
  const subscription = client.subscribe('/a');
  expect([wraps(client), wraps(subscription), wraps({})]).toEqual([false, false, true]);
  expect(Object.keys(client)).not.toContain('__v_skip');
  await server.close();
});
