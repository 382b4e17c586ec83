import { describe, expect, it } from 'vitest';
import { Exchange } from '../../packages/fetch/src/exchange.ts';
import { StreamOutlet } from '../../packages/fetch/src/stream-outlet.ts';

interface Open {
  outlet: StreamOutlet;
  reader: ReadableStreamDefaultReader<Uint8Array>;
  gone: AbortController;
  drains: number[];
  closes: string[];
  complete: boolean[];
}

function open(): Open {
  const gone = new AbortController();
  const exchange = new Exchange(gone);
  const complete: boolean[] = [];
  exchange.onClose((whole) => complete.push(whole));
  const outlet = new StreamOutlet(exchange);
  const drains: number[] = [];
  const closes: string[] = [];
  outlet.watch({
    drained: () => void drains.push(outlet.pendingBytes),
    closed: () => void closes.push('closed'),
  });
  return { outlet, reader: outlet.stream.getReader(), gone, drains, closes, complete };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function read({ reader }: Open): Promise<string | undefined> {
  const { value } = await reader.read();
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

describe('a stream outlet', () => {
  it('hands over what is written, as soon as it is asked for', async () => {
    const sink = open();
    const asked = read(sink);
    await turn();
    sink.outlet.write(bytes('one'));
    expect(await asked).toBe('one');
  });

  it('counts bytes as pending until the reader asks for more', async () => {
    const sink = open();
    sink.outlet.write(bytes('four'));
    expect(sink.outlet.pendingBytes).toBe(4);
    expect(await read(sink)).toBe('four');
    expect(sink.outlet.pendingBytes).toBe(4);
    void read(sink);
    await turn();
    expect(sink.outlet.pendingBytes).toBe(0);
    expect(sink.drains.at(-1)).toBe(0);
  });

  it('says that it is congested while 64 KiB and more wait, and drains when they have left', async () => {
    const sink = open();
    expect(sink.outlet.write(new Uint8Array(65_535))).toBe(true);
    expect(sink.outlet.write(new Uint8Array(1))).toBe(false);
    await sink.reader.read();
    await sink.reader.read();
    expect(sink.drains).toEqual([]);
    void sink.reader.read();
    await turn();
    expect(sink.drains).toEqual([0]);
    expect(sink.outlet.write(new Uint8Array(1))).toBe(true);
  });

  it('hands over nothing that nobody has asked for', async () => {
    const sink = open();
    for (let index = 0; index < 1000; index += 1) sink.outlet.write(new Uint8Array(1000));
    await turn();
    const first = await sink.reader.read();
    await turn();
    expect(sink.outlet.pendingBytes).toBe(1_000_000);
    expect(first.value?.length).toBe(16_000);
  });

  it('joins small writes that have waited, and leaves shared bytes as they are', async () => {
    const sink = open();
    const shared = bytes('b');
    sink.outlet.write(bytes('a'));
    sink.outlet.write(shared);
    expect(await read(sink)).toBe('ab');
    sink.outlet.write(shared);
    const { value } = await sink.reader.read();
    expect(value).toBe(shared);
  });

  it('ends after what was written, and only then is it complete', async () => {
    const sink = open();
    sink.outlet.write(bytes('last'));
    sink.outlet.end();
    expect(await read(sink)).toBe('last');
    expect(sink.complete).toEqual([]);
    expect(await read(sink)).toBeUndefined();
    expect(sink.complete).toEqual([true]);
    expect(sink.closes).toEqual(['closed']);
  });

  it('ends at once when everything has left before', async () => {
    const sink = open();
    const asked = read(sink);
    await turn();
    sink.outlet.end();
    expect(await asked).toBeUndefined();
    expect(sink.complete).toEqual([true]);
  });

  it.each(['signal', 'cancel'])(
    'is closed by the %s, once, with what never left still pending',
    async (way) => {
      const sink = open();
      sink.outlet.write(bytes('lost'));
      if (way === 'signal') sink.gone.abort();
      else await sink.reader.cancel();
      sink.gone.abort();
      expect([sink.closes, sink.complete, sink.outlet.pendingBytes]).toEqual([['closed'], [false], 4]);
    },
  );

  it('drops the connection with whatever waits', async () => {
    const sink = open();
    sink.outlet.write(bytes('lost'));
    sink.outlet.destroy();
    sink.outlet.destroy();
    await expect(sink.reader.read()).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(sink.complete).toEqual([false]);
  });

  it('does nothing after the close', async () => {
    const sink = open();
    sink.gone.abort();
    sink.outlet.write(bytes('late'));
    sink.outlet.end();
    sink.outlet.destroy();
    expect(await read(sink)).toBeUndefined();
    expect([sink.closes, sink.outlet.pendingBytes]).toEqual([['closed'], 0]);
  });
});
