import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serve } from './kit.ts';
import { closing, type FrameParts, frame, opcodes } from './raw-client.ts';

const { continuation, text, binary, close, ping, pong } = opcodes;
const join = '{"type":"join"}';

describe('fragments', () => {
  it('are put together, control frames between them', async () => {
    const { open } = await serve();
    const client = await open();
    client.send(
      { payload: join.slice(0, 3), final: false },
      { opcode: ping, payload: 'between' },
      { opcode: continuation, payload: join.slice(3, 9), final: false },
      { opcode: continuation, payload: '', final: false },
      { opcode: pong, payload: 'unasked' },
      { opcode: continuation, payload: join.slice(9) },
    );
    await client.hears('join-ack');
    expect(client.frames[0]).toMatchObject({ opcode: pong, payload: Buffer.from('between') });
  });

  it('may cut a character in two', async () => {
    const { open } = await serve();
    const client = await open();
    const message = Buffer.from('{"type":"caf\u00e9\u{1f600}"}');
    const cut = message.indexOf(0xc3) + 1;
    client.send(
      { payload: message.subarray(0, cut), final: false },
      { opcode: continuation, payload: message.subarray(cut, cut + 4), final: false },
      { opcode: continuation, payload: message.subarray(cut + 4) },
    );
    expect(await client.hears('refused')).toMatchObject({ code: 'missing-field' });
  });

  it('that come one byte at a time, frame headers too, are the same', async () => {
    const { open, hub } = await serve();
    const client = await open();
    client.socket.setNoDelay(true);
    const fragmented = [
      frame({ payload: join.slice(0, 5), final: false }),
      frame({ opcode: continuation, payload: join.slice(5) }),
      frame({ payload: '{"type":"heartbeat"}' }),
    ];
    for (const byte of Buffer.concat(fragmented)) {
      client.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.hears('heartbeat-ack');
    expect(hub.stats().sessions).toBe(1);
  });
});

describe('a breach of the protocol closes with 1002', () => {
  const breaches: readonly (readonly [string, FrameParts[]])[] = [
    ['a frame that is not masked', [{ payload: join, masked: false }]],
    ['the first reserved bit', [{ payload: join, reserved: 4 }]],
    ['the second reserved bit', [{ payload: join, reserved: 2 }]],
    ['the third reserved bit', [{ payload: join, reserved: 1 }]],
    ['a reserved data opcode', [{ opcode: 3 }]],
    ['a reserved control opcode', [{ opcode: 11 }]],
    ['a continuation of nothing', [{ opcode: continuation, payload: join }]],
    ['a new message inside of another', [{ payload: '{', final: false }, { payload: join }]],
    ['a fragmented ping', [{ opcode: ping, final: false }]],
    ['a fragmented close', [{ opcode: close, payload: closing(1000), final: false }]],
    ['a ping of 126 bytes', [{ opcode: ping, payload: 'x'.repeat(126) }]],
    ['a close of one byte', [{ opcode: close, payload: 'x' }]],
  ];

  it.each(breaches)('%s', async (_what, frames) => {
    const { open, sockets } = await serve();
    const client = await open();
    client.send(...frames);
    expect(await client.closed()).toBe(1002);
    client.socket.end();
    await eventually('the socket is gone', () => sockets.size === 0);
  });
});

describe('a close frame', () => {
  it.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])(
    'with code %i is answered in kind, and the connection ends',
    async (code) => {
      const { open } = await serve();
      const client = await open();
      client.send({ opcode: close, payload: closing(code, 'bye') });
      expect(await client.closed()).toBe(code);
      await client.end();
    },
  );

  it('without a code is answered without one', async () => {
    const { open } = await serve();
    const client = await open();
    client.send({ opcode: close });
    expect(await client.closed()).toBe(1005);
    await client.end();
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
    'with code %i, which nobody may send, is a breach',
    async (code) => {
      const { open } = await serve();
      const client = await open();
      client.send({ opcode: close, payload: closing(code) });
      expect(await client.closed()).toBe(1002);
    },
  );

  it('with a reason that is not UTF-8 is refused as such', async () => {
    const { open } = await serve();
    const client = await open();
    client.send({ opcode: close, payload: closing(1000, Uint8Array.of(0xce, 0xba, 0xe1)) });
    expect(await client.closed()).toBe(1007);
  });

  it('is the last thing that is looked at', async () => {
    const { open, hub } = await serve();
    const client = await open();
    client.send({ opcode: close, payload: closing(1000) }, { payload: join });
    await client.end();
    expect(client.messages).toEqual([]);
    expect(hub.stats().opened).toBe(0);
  });

  it('ends the channel and leaves the session', async () => {
    const { join: open, hub } = await serve();
    const client = await open();
    await client.says('listen');
    client.send({ opcode: close, payload: closing(1000) });
    await client.end();
    await eventually('the channel is released', () => hub.stats().attached === 0);
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 0 });
  });
});

describe('control frames', () => {
  it('are answered: a ping by a pong with the same payload, of any length', async () => {
    const { open } = await serve();
    const client = await open();
    const payloads = ['', 'x', 'y'.repeat(125)];
    client.send(...payloads.map((payload) => ({ opcode: ping, payload })));
    await client.wait('three pongs', () => client.frames.length === 3);
    expect(client.frames.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual(
      payloads.map((payload) => [pong, payload]),
    );
  });

  it('are not answered when they are pongs', async () => {
    const { open } = await serve();
    const client = await open();
    client.send({ opcode: pong, payload: 'nobody asked' });
    await client.says('join');
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([text]);
  });
});

describe('text', () => {
  const invalid: readonly (readonly [string, number[]])[] = [
    ['a lone continuation byte', [0x80]],
    ['a character cut short', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong NUL', [0xf0, 0x80, 0x80, 0x80]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['beyond the last character', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that never occurs', [0xff]],
  ];

  it.each(invalid)('that is not UTF-8 closes with 1007: %s', async (_what, bytes) => {
    const { open } = await serve();
    const client = await open();
    client.send({ payload: Uint8Array.of(0x7b, ...bytes) });
    expect(await client.closed()).toBe(1007);
  });

  it('that is not UTF-8 across fragments closes too', async () => {
    const { open } = await serve();
    const client = await open();
    client.send(
      { payload: Uint8Array.of(0x7b, 0xe2), final: false },
      { opcode: continuation, payload: '{}' },
    );
    expect(await client.closed()).toBe(1007);
  });

  it('carries NUL, noncharacters and every plane', async () => {
    const { open } = await serve();
    const client = await open();
    await client.says('join-listen', { subject: '/a' });
    const strange = '\0\ufffe\uffff\u2028\u{10ffff}\ufeff\u0085';
    await client.says('publish', { subject: '/a', data: strange });
    expect(await client.hears('data')).toMatchObject({ data: strange });
  });

  it('of no length at all is a message, and no command', async () => {
    const { open } = await serve();
    const client = await open();
    client.send({ payload: '' });
    expect(await client.hears('refused')).toMatchObject({ code: 'malformed-request' });
  });

  it('is all there is: binary messages close with 1003', async () => {
    const { open } = await serve();
    const client = await open();
    client.send({ opcode: binary, payload: join });
    expect(await client.closed()).toBe(1003);
  });
});

describe('lengths', () => {
  it.each([0, 1, 40, 41, 42, 43, 44, 45, 300, 65_400, 65_440, 65_450, 65_460, 65_500])(
    'of %i characters of data come through, whichever header they need',
    async (length) => {
      const { open, hub } = await serve({ hub: { maxEventBytes: 70_000 } });
      const client = await open();
      await client.says('join-listen', { subject: '/a' });
      hub.publish('/a', 'x'.repeat(length));
      expect(await client.hears('data')).toMatchObject({ data: 'x'.repeat(length) });
      const last = client.frames.at(-1);
      expect(last).toMatchObject({ final: true, opcode: text });
    },
  );

  it('of a message are bounded: one byte more closes with 1009', async () => {
    const { open } = await serve({ socket: { maxPayload: 1000 } });
    const client = await open();
    client.send({ payload: 'x'.repeat(1000) });
    await client.hears('refused');
    client.send({ payload: 'x'.repeat(1001) });
    expect(await client.closed()).toBe(1009);
  });

  it('of all fragments together are bounded', async () => {
    const { open } = await serve({ socket: { maxPayload: 1000 } });
    const client = await open();
    client.send(
      { payload: 'x'.repeat(600), final: false },
      { opcode: continuation, payload: 'x'.repeat(600) },
    );
    expect(await client.closed()).toBe(1009);
  });

  it('that are only announced cost nothing', async () => {
    const { open } = await serve();
    const client = await open();
    const huge = Buffer.from([0x81, 0xff, 0, 0, 0, 0xff, 0, 0, 0, 0]);
    client.socket.write(huge);
    expect(await client.closed()).toBe(1009);
  });
});

describe('a client of its own making', () => {
  it('may keep its side open no longer than two seconds after the close', async () => {
    const { open } = await serve();
    const client = await open();
    client.send({ opcode: binary });
    expect(await client.closed()).toBe(1003);
    await client.end(3500);
  });
});
