import { expect, it } from 'vitest';
import { fromHere } from '../../examples/monitor/from-here.mjs';

it.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['192.168.1.7', false],
  ['::ffff:10.0.0.1', false],
  ['127.evil', false],
  [undefined, false],
])('the monitor takes %s for this machine: %s', (remoteAddress, here) => {
  expect(fromHere({ socket: { remoteAddress } })).toBe(here);
});
