import { createPureHub, type Hub, type Session } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualRuntime, Recorder, runs } from './kit.ts';

const here = ['198.51.100.7'];
const there = ['203.0.113.9'];

function hall(maxSessions: number) {
  const runtime = new ManualRuntime();
  const hub = createPureHub(runtime, { maxSessions });
  const later = (ms: number) => {
    runtime.time += ms;
    hub.tick();
  };
  const attached = (neighbourhoods: readonly string[] = []) => {
    const session = hub.join({ neighbourhoods });
    const transport = new Recorder();
    hub.attach(session, transport);
    return { session, transport };
  };
  const away = (neighbourhoods: readonly string[] = []) => {
    const { session, transport } = attached(neighbourhoods);
    hub.detach(session, transport);
    return session;
  };
  return { hub, later, attached, away };
}

const full = (hub: Hub, neighbourhoods: readonly string[] = []) => {
  try {
    return hub.join({ neighbourhoods });
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const open = (...sessions: Session[]) => sessions.map(({ closed }) => !closed);

describe('a full hub', () => {
  it('gives the place of the session that was without a channel longest to a newcomer', () => {
    const { hub, attached, away, later } = hall(3);
    const { session: alice } = attached();
    const bob = away();
    later(10);
    const carol = away();
    const dave = hub.join();
    expect(open(alice, bob, carol, dave)).toEqual([true, false, true, true]);
  });

  it('counts the silence from the last request', () => {
    const { hub, away, later } = hall(2);
    const [bob, carol] = [away(), away()];
    later(10);
    hub.renewLease(bob);
    hub.join();
    expect(open(bob, carol)).toEqual([true, false]);
  });

  it('takes a session that was only joined and never used first, once two seconds have passed', () => {
    const { hub, away, later } = hall(2);
    const [bob, unused] = [away(), hub.join()];
    later(1999);
    const first = hub.join();
    expect(open(bob, unused, first)).toEqual([false, true, true]);
    later(1);
    hub.join();
    expect(open(unused, first)).toEqual([false, true]);
  });

  it('takes a session that only sends heartbeats, as one without a channel', () => {
    const { hub, later } = hall(1);
    const beating = hub.join();
    hub.renewLease(beating);
    later(60_000);
    hub.renewLease(beating);
    hub.join();
    expect(beating.closed).toBe(true);
  });

  it('refuses newcomers when everybody has a channel', () => {
    const { hub, attached } = hall(2);
    const sessions = [attached().session, attached().session];
    expect([full(hub), ...open(...sessions)]).toEqual(['too-many-sessions', true, true]);
  });

  it('gives a place back that was left during the same call', () => {
    const { hub, attached } = hall(2);
    const { session, transport } = attached();
    attached();
    hub.detach(session, transport);
    hub.attach(session, new Recorder());
    expect(full(hub)).toBe('too-many-sessions');
  });
});

describe('a neighbourhood that holds more than a quarter of a full hub', () => {
  it('gives way to others first, also where its sessions were heard of last', () => {
    const { hub, away, later } = hall(8);
    for (let n = 0; n < 5; n += 1) away([`192.0.2.${n}`]);
    later(1000);
    const [first] = [away(here), away(here), away(here)];
    hub.join({ neighbourhoods: there });
    expect([first?.closed, [...hub.sessions()].length]).toEqual([true, 8]);
  });

  it('gives way even where each of its sessions has a channel', () => {
    const { hub, attached } = hall(4);
    const held = Array.from({ length: 4 }, () => attached(here).session);
    const newcomer = full(hub, there) as Session;
    expect(open(...held, newcomer)).toEqual([false, true, true, true, true]);
  });

  it('takes places from its own only', () => {
    const { hub, attached, away } = hall(4);
    const bystander = away(there);
    const [own] = Array.from({ length: 2 }, () => away(here));
    attached(here);
    const newcomer = full(hub, here) as Session;
    expect(open(bystander, own as Session, newcomer)).toEqual([true, false, true]);
  });

  it('is refused when its own all have a channel', () => {
    const { hub, attached, away } = hall(4);
    const bystander = away(there);
    for (let n = 0; n < 3; n += 1) attached(here);
    expect([full(hub, here), bystander.closed]).toEqual(['too-many-sessions', false]);
  });

  it('is one address, one /64 or one /48: each counts by itself', () => {
    const { hub, attached } = hall(8);
    for (let n = 0; n < 8; n += 1) attached([`2001:db8:1:${n}`, '2001:db8:1']);
    expect(full(hub, ['2001:db8:1:9', '2001:db8:1'])).toBe('too-many-sessions');
    expect(full(hub, ['2001:db8:2:0', '2001:db8:2'])).not.toBe('too-many-sessions');
  });
});

it('nobody can push the others out, whatever he does from one address', () => {
  const deed = fc.constantFrom('join', 'attach', 'beat', 'leave', 'wait');
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 200 }), (deeds) => {
      const { hub, attached, away, later } = hall(12);
      const others = [attached(there), attached(there)].map(({ session }) => session).concat(away(there));
      let mine: Session[] = [];
      for (const name of deeds) {
        mine = mine.filter(({ closed }) => !closed);
        const [one] = mine;
        if (name === 'join') {
          const joined = full(hub, here);
          if (typeof joined !== 'string') mine.push(joined);
        } else if (name === 'wait') later(500);
        else if (one !== undefined && name === 'attach') hub.attach(one, new Recorder());
        else if (one !== undefined && name === 'beat') hub.renewLease(one);
        else if (one !== undefined) hub.leave(one);
      }
      expect(open(...others)).toEqual([true, true, true]);
      expect(typeof full(hub, ['192.0.2.1'])).not.toBe('string');
    }),
    runs(100),
  );
});
