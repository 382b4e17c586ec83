import { manualRuntime } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { AckRelay, type Sign } from '../../packages/handler/src/cluster/ack-relay.ts';
import { MemoryEngine } from './memory-engine.ts';

function relayed() {
  const engine = new MemoryEngine();
  const runtime = manualRuntime();
  const heard: Sign[] = [];
  const later = (task: () => void, delayMs: number) => runtime.later(task, delayMs);
  const relay = new AckRelay(engine.open('a').inbox, later, () => undefined);
  const { inbox } = engine.open('b');
  new AckRelay(inbox, later, (sign) => heard.push(sign));
  return { engine, runtime, heard, relay };
}
const sign = (id: string, ack?: string, more: Partial<Sign> = {}): Sign => ({
  id,
  ack,
  generation: undefined,
  beat: false,
  ...more,
});

describe('the relay of acknowledgements', () => {
  it('passes the last one of a session on, all of 50 ms in one letter', () => {
    const { engine, runtime, heard, relay } = relayed();
    relay.pass('b', sign('s1', 'e1-1-1'));
    relay.pass('b', sign('s2', 'e1-2-1', { generation: 3 }));
    relay.pass('b', sign('s1', 'e1-3-1'));
    expect(engine.letters).toEqual([]);
    runtime.advance(50);
    expect(engine.letters).toHaveLength(1);
    expect(heard).toEqual([sign('s1', 'e1-3-1'), sign('s2', 'e1-2-1', { generation: 3 })]);
    runtime.advance(1000);
    expect(engine.letters).toHaveLength(1);
  });

  it('keeps an acknowledgement and a wish that other signs follow', () => {
    const { runtime, heard, relay } = relayed();
    relay.pass('b', sign('s1', 'e1-1-1', { beat: true, generation: 2 }));
    relay.pass('b', sign('s1'));
    runtime.advance(50);
    expect(heard).toEqual([sign('s1', 'e1-1-1', { beat: true, generation: 2 })]);
  });

  it('writes to each node what concerns it, and many signs in several letters', () => {
    const { engine, runtime, heard, relay } = relayed();
    for (let n = 0; n < 2500; n += 1) relay.pass('b', sign(`s${n}`));
    relay.pass('c', sign('other'));
    runtime.advance(50);
    expect(engine.letters.map(([node]) => node)).toEqual(['b', 'b', 'b', 'c']);
    expect(heard).toHaveLength(2500);
  });

  it('goes on when letters are lost', () => {
    const { engine, runtime, heard, relay } = relayed();
    engine.faults.letter = () => true;
    relay.pass('b', sign('s1', 'e1-1-1'));
    runtime.advance(50);
    engine.faults.letter = () => false;
    relay.pass('b', sign('s1', 'e1-2-1'));
    runtime.advance(50);
    expect(heard).toEqual([sign('s1', 'e1-2-1')]);
  });

  it.each([
    '',
    '{',
    '{}',
    '[1]',
    '[["s1"]]',
    '[[1,null,null,0]]',
    '[["s1",5,null,0]]',
    '[["s1",null,"x",0]]',
  ])('leaves out what is no letter of ours: %s', (text) => {
    const { engine, heard } = relayed();
    engine.open('x').inbox.send('b', text);
    expect(heard).toEqual([]);
  });
});
