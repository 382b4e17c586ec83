import type { HandlerOptions, HubOptions } from '@cometkit/fetch';
import { Activity, createElement, type ReactNode, useLayoutEffect } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Stage, stage as setStage } from './kit.ts';

let stage: Stage;

async function set(options?: HandlerOptions, hubOptions?: HubOptions): Promise<Stage> {
  stage = await setStage(options, hubOptions);
  return stage;
}

function shows(text: string): Promise<boolean> {
  return eventually(`"${text}" instead of "${stage.text()}"`, () => stage.text() === text);
}

function subscribed(count = 1): Promise<boolean> {
  return eventually('the subscriptions', () => stage.hub.stats().subscriptions === count);
}

afterEach(() => stage.close());

describe('a component whose pattern changes', () => {
  // What reaches the DOM, commit by commit.
  function user(commits: string[]) {
    let id = '';
    const component = (): ReactNode => {
      const { value, ready, event, error } = stage.hooks.useSubscription(`/stocks/${id}`);
      const line = [id, value?.price, ready, event?.subject, error?.code].join(' ');
      useLayoutEffect(() => {
        commits.push(line);
      });
      return line;
    };
    return (next: string): void => {
      id = next;
      stage.render(component);
    };
  }

  it('never shows the value, the event or the readiness of the pattern before', async () => {
    const { hub } = await set();
    const commits: string[] = [];
    const show = user(commits);
    show('a');
    await shows('a  true  ');
    hub.publish('/stocks/a', { price: 1 });
    await shows('a 1 true /stocks/a ');
    show('b');
    await shows('b  true  ');
    show('c');
    await shows('c  true  ');
    const first = (id: string) => commits.find((line) => line.startsWith(id));
    expect([first('b'), first('c')]).toEqual(['b  false  ', 'c  false  ']);
    expect(commits.filter((line) => line.startsWith('b') && line.includes('1'))).toEqual([]);
  });

  it('never shows the error of the pattern before', async () => {
    await set({ authorize: { subscribe: ({ pattern }) => pattern !== '/stocks/a' } });
    const commits: string[] = [];
    const show = user(commits);
    show('a');
    await shows('a  false  refused');
    show('b');
    await shows('b  true  ');
    expect(commits.filter((line) => line.startsWith('b') && line.includes('refused'))).toEqual([]);
  });

  it('forgets what it showed while it is not enabled', async () => {
    const { hub, hooks, render } = await set();
    let enabled = true;
    const component = (): ReactNode => {
      const { value, ready } = hooks.useSubscription('/n', { enabled, initial: 0 });
      return `${value} ${ready}`;
    };
    render(component);
    await shows('0 true');
    hub.publish('/n', 1);
    await shows('1 true');
    enabled = false;
    render(component);
    await shows('0 false');
    await subscribed(0);
  });
});

describe('a component whose subscription', () => {
  it('is refused at a reconnect shows the error, and is not ready', async () => {
    let refuse = false;
    const { hub, hooks, render } = await set({
      authorize: { subscribe: () => (refuse ? { refuse: 'no more' } : true) },
    });
    render(() => {
      const { ready, error, value } = hooks.useSubscription('/n', { initial: 0 });
      return `${value} ${ready} ${error?.reason}`;
    });
    await shows('0 true undefined');
    refuse = true;
    for (const session of [...hub.sessions()]) hub.leave(session, 'revoked');
    await shows('0 false no more');
  });

  it('has a callback that throws shows every value all the same', async () => {
    const { hub, hooks, render } = await set();
    const seen: number[] = [];
    render(() => {
      const { value } = hooks.useSubscription('/n', {
        initial: '',
        reduce: (text, { data }) => text + data,
        onEvent: ({ data }) => {
          seen.push(data);
          if (data === 2) throw new Error('in the callback');
        },
      });
      return `${value} ${hooks.useComet().error?.code}`;
    });
    await subscribed();
    for (const n of [1, 2, 3]) hub.publish('/n', n);
    await shows('123 listener');
    expect(seen).toEqual([1, 2, 3]);
  });
});

it('a reduce that throws leaves the value, and the next event goes on from it', async () => {
  const { hub, hooks, render } = await set();
  const seen: number[] = [];
  render(() => {
    const { value, event } = hooks.useSubscription('/n', {
      initial: '',
      reduce: (text, { data }) => {
        if (data === 2) throw new Error('in reduce');
        return text + data;
      },
      onEvent: ({ data }) => seen.push(data),
    });
    return `${value} ${event?.data} ${hooks.useComet().error?.code}`;
  });
  await subscribed();
  hub.publish('/n', 1);
  hub.publish('/n', 2);
  await shows('1 2 listener');
  hub.publish('/n', 3);
  await shows('13 3 listener');
  expect(seen).toEqual([1, 2, 3]);
});

describe('a component that is hidden and shown again', () => {
  const seen: number[] = [];
  const gaps: string[] = [];
  let confirmed = false;

  // The same component each time, so that React keeps its state.
  function list(past: { since?: string; last?: number } = {}) {
    let mode: 'visible' | 'hidden' = 'visible';
    const List = (): ReactNode => {
      const { value, ready } = stage.hooks.useSubscription('/n', {
        ...past,
        initial: '',
        reduce: (text, { data }) => text + data,
        onEvent: ({ data }) => seen.push(data),
        onGap: ({ reason }) => gaps.push(reason),
      });
      confirmed = ready;
      return value;
    };
    const component = (): ReactNode => {
      const props = { mode, children: createElement(List) };
      return createElement(Activity, props);
    };
    return (next: 'visible' | 'hidden'): void => {
      mode = next;
      stage.render(component);
    };
  }

  afterEach(() => {
    seen.length = gaps.length = 0;
  });

  it.each(['with a place to begin', 'from now on', 'with the last events'])(
    'goes on after the last event: %s',
    async (how) => {
      const { hub } = await set();
      const since = hub.cursor();
      const past = how === 'from now on' ? {} : how.startsWith('with a place') ? { since } : { last: 5 };
      const show = list(past);
      show('visible');
      await subscribed();
      for (const n of [1, 2]) hub.publish('/n', n);
      await shows('12');
      show('hidden');
      await subscribed(0);
      hub.publish('/n', 3);
      show('visible');
      await eventually('what came meanwhile', () => seen.length >= 3);
      hub.publish('/n', 4);
      await shows('1234');
      expect([seen, gaps]).toEqual([[1, 2, 3, 4], []]);
    },
  );

  it('gets what came meanwhile when it had seen nothing, and nothing from before', async () => {
    const { hub, render } = await set();
    render(() => stage.hooks.useComet().state);
    await shows('open');
    for (const n of [1, 2]) hub.publish('/n', n);
    const show = list();
    show('visible');
    await subscribed();
    await eventually('its confirmation', () => confirmed);
    show('hidden');
    await subscribed(0);
    hub.publish('/n', 3);
    show('visible');
    await eventually('what came meanwhile', () => seen.length > 0);
    expect(seen).toEqual([3]);
  });

  it('goes on with another client when the first was closed meanwhile', async () => {
    const { hub } = await set();
    const show = list();
    show('visible');
    await subscribed();
    hub.publish('/n', 1);
    await shows('1');
    show('hidden');
    await eventually('the session has left', () => hub.stats().sessions === 0, 3000);
    hub.publish('/n', 2);
    show('visible');
    await shows('12');
    expect([seen, gaps]).toEqual([[1, 2], []]);
  });

  it('is told when what came meanwhile is lost', async () => {
    const { hub } = await set({}, { log: { maxEvents: 2 } });
    const show = list();
    show('visible');
    await subscribed();
    hub.publish('/n', 1);
    await shows('1');
    show('hidden');
    await subscribed(0);
    for (const n of [2, 3, 4, 5]) hub.publish('/n', n);
    show('visible');
    await shows('145');
    expect([seen, gaps]).toEqual([[1, 4, 5], ['trimmed']]);
  });
});
