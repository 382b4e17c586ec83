import { describe, expect, it } from 'vitest';
import { openingPauseMs } from '../../packages/handler/src/transports/opening-frames.ts';
import { stage } from './kit.ts';

const formats = ['sse', 'ndjson', 'js', 'xml', 'xml-strict', 'json'];

describe.each(formats)('the first write of a stream in %s', (format) => {
  // A proxy that compresses holds back what begins with more: Caddy's `encode`.
  it('is smaller than 512 bytes, and the rest follows in order', async () => {
    const { get, hub, advance } = stage();
    for (const n of [1, 2, 3]) hub.publish('/a', { n, text: 'x'.repeat(300) });
    const { outlet } = await get({
      type: 'join-listen',
      subject: '/a',
      last: '3',
      format,
    });
    expect(outlet.writes[0]?.length).toBeLessThan(512);
    hub.publish('/a', { n: 4, text: '' });
    await advance(openingPauseMs);
    const order = [...outlet.text.matchAll(/\bn\b\W+(\d)/g)].map(([, n]) => n);
    expect(outlet.text.indexOf('join-listen-ack')).toBeGreaterThan(-1);
    expect(order.join('')).toBe('1234');
  });

  it('does not keep the rest from a stream that ends at once', async () => {
    const { get, hub } = stage();
    const { outlet } = await get({ type: 'join-listen', subject: '/a', format });
    hub.close();
    expect(outlet.text).toMatch(/join-listen-ack.*\b(hb|heartbeat)\b/s);
    expect(outlet.ended).toBe(true);
  });
});
