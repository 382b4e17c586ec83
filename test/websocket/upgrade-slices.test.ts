import { systemRuntime } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { requestText, Wire } from '../support/wire.ts';
import { serve } from './kit.ts';

const upgrade = requestText('GET', '/push', {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
});

/** A server to which each upgrade takes 2 ms, and the turns of the event loop in which they came. */
async function slowUpgrades() {
  let extra = 0;
  let turn = 0;
  const turns: number[] = [];
  const real = systemRuntime();
  const counting = setInterval(() => undefined, 1e6);
  const next = () => {
    turn += 1;
    if (counting.hasRef()) setImmediate(next);
  };
  next();
  const served = await serve({
    handler: { runtime: { ...real, now: () => real.now() + extra } },
    socket: {
      use: [
        (_request, _response, pass) => {
          extra += 2;
          turns.push(turn);
          pass();
        },
      ],
    },
  });
  let accepted = 0;
  served.server.server.on('connection', () => {
    accepted += 1;
  });
  // The event loop accepts one in a turn: requests come together only on connections that are there.
  const crowd = async (count: number) => {
    const wires = await Promise.all(Array.from({ length: count }, () => Wire.open(served.port)));
    await eventually('all are accepted', () => accepted === count);
    for (const wire of wires) wire.send(upgrade);
    return wires;
  };
  const most = () => Math.max(...turns.map((one) => turns.filter((other) => other === one).length));
  const stop = () => {
    counting.unref();
    clearInterval(counting);
  };
  return { ...served, turns, crowd, most, stop };
}

describe('a crowd of WebSockets that comes at once', () => {
  it('is upgraded in slices, and all of them are', async () => {
    const here = await slowUpgrades();
    const wires = await here.crowd(40);
    await Promise.all(wires.map((wire) => wire.until(({ status }) => status === 101)));
    here.stop();
    expect(here.turns).toHaveLength(40);
    expect(here.most()).toBeLessThan(8);
    for (const wire of wires) wire.reset();
    await eventually('all are gone', () => here.sockets.size === 0);
  });

  it('may leave while it waits: nothing is left of it, and nothing breaks', async () => {
    const here = await slowUpgrades();
    const wires = await here.crowd(40);
    await wires[0]?.until(({ status }) => status === 101);
    for (const wire of wires) wire.reset();
    await eventually('all are gone', () => here.sockets.size === 0);
    here.stop();
    expect(here.errors).toEqual([]);
  });
});
