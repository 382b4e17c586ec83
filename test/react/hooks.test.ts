import type { HandlerOptions, HubOptions } from '@cometkit/fetch';
import { createElement, Fragment, type ReactNode } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
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

function open(): Promise<boolean> {
  return eventually('an open channel', () => stage.hub.stats().attached === 1);
}

afterEach(() => stage.close());

describe('useSubscription', () => {
  it('shows the newest data, beginning with the snapshot', async () => {
    const { hub, hooks, render } = await set();
    render(() => String(hooks.useSubscription('/n', { initial: 1 }).value));
    await shows('1');
    await open();
    hub.publish('/n', 2);
    await shows('2');
  });

  it('folds every event into a value, in order', async () => {
    const { hub, hooks, render } = await set();
    const initial: readonly number[] = [];
    render(() => {
      const { value } = hooks.useSubscription('/n', { initial, reduce: (list, { data }) => [...list, data] });
      return value.join();
    });
    await open();
    for (let n = 0; n < 100; n += 1) hub.publish('/n', n);
    await shows(Array.from({ length: 100 }, (_, n) => n).join());
  });

  it('goes on from the cursor of a rendered page', async () => {
    const { hub, hooks, render } = await set();
    hub.publish('/n', 1);
    const since = hub.cursor();
    hub.publish('/n', 2);
    render(() => {
      const { value } = hooks.useSubscription('/n', {
        since,
        initial: '1',
        reduce: (text, { data }) => text + data,
      });
      return value;
    });
    await shows('12');
  });

  it('begins with the last events when it is asked to', async () => {
    const { hub, hooks, render } = await set();
    for (const n of [1, 2, 3, 4]) hub.publish('/n', n);
    render(
      () =>
        hooks.useSubscription('/n', { last: 2, initial: '', reduce: (text, { data }) => text + data }).value,
    );
    await shows('34');
  });

  it('calls back for every event, with what the newest render gave', async () => {
    const { hub, hooks, render } = await set();
    const seen: string[] = [];
    const component = (word: string) => (): ReactNode => {
      hooks.useSubscription('/n', { onEvent: ({ data }) => seen.push(`${word}${data}`) });
      return word;
    };
    render(component('a'));
    await open();
    hub.publish('/n', 1);
    await eventually('the first', () => seen.length === 1);
    expect(seen).toEqual(['a1']);
  });

  it('passes what a callback throws on to the console, and goes on', async () => {
    const { hub, hooks, render } = await set();
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const mistake = new Error('mine');
    render(() => {
      const onEvent = ({ data }: { data: unknown }) => {
        if (data === 1) throw mistake;
      };
      return String(hooks.useSubscription('/n', { initial: 0, onEvent }).value);
    });
    await open();
    for (const n of [1, 2]) hub.publish('/n', n);
    await shows('2');
    const causes = told.mock.calls.flat().map((error) => (error as { cause?: unknown }).cause);
    told.mockRestore();
    expect(causes).toContain(mistake);
  });

  it('tells of a gap, where a snapshot has to be read again', async () => {
    const { hub, hooks, render } = await set({}, { log: { maxEvents: 2 } });
    const since = hub.cursor();
    for (const n of [1, 2, 3, 4]) hub.publish('/n', n);
    const gaps: string[] = [];
    render(() => {
      const { value, gap } = hooks.useSubscription('/n', {
        since,
        initial: 0,
        onGap: ({ reason }) => gaps.push(reason),
      });
      return `${value} ${gap?.reason}`;
    });
    await shows('4 trimmed');
    expect(new Set(gaps)).toEqual(new Set(['trimmed']));
  });

  it('says when it counts, and when it was refused', async () => {
    const { hooks, render } = await set({ authorize: { subscribe: ({ pattern }) => pattern !== '/stocks' } });
    render(() => {
      const n = hooks.useSubscription('/n');
      const stocks = hooks.useSubscription('/stocks');
      return `${n.ready} ${n.error} ${stocks.ready} ${stocks.error?.code}`;
    });
    await shows('true undefined false refused');
  });

  it('begins anew with another pattern', async () => {
    const { hub, hooks, render } = await set();
    let pattern: '/stocks/a' | '/stocks/b' = '/stocks/a';
    const component = (): ReactNode => {
      const { value } = hooks.useSubscription(pattern, { initial: { price: 0 } });
      return `${pattern} ${value.price}`;
    };
    render(component);
    await open();
    hub.publish('/stocks/a', { price: 1 });
    await shows('/stocks/a 1');
    pattern = '/stocks/b';
    render(component);
    await shows('/stocks/b 0');
    await eventually('the new subscription', () => {
      hub.publish('/stocks/b', { price: 2 });
      return stage.text() === '/stocks/b 2';
    });
  });

  it('waits until it is enabled', async () => {
    const { hub, hooks, render } = await set();
    render(() => String(hooks.useSubscription('/n', { enabled: false }).value));
    await shows('undefined');
    expect(hub.stats().sessions).toBe(0);
  });
});

describe('the shared client', () => {
  it('is one session for all components, under StrictMode too', async () => {
    const { hub, hooks, render } = await set();
    const one = (): ReactNode => String(hooks.useSubscription('/n', { initial: 0 }).value);
    const state = (): ReactNode => hooks.useComet().state;
    render(() => createElement(Fragment, null, createElement(one), createElement(one), createElement(state)));
    await shows('00open');
    hub.publish('/n', 7);
    await shows('77open');
    expect(hub.stats()).toMatchObject({ sessions: 1, attached: 1, subscriptions: 1 });
  });

  it('shows its state, its transport and the client', async () => {
    const { hooks, render } = await set();
    render(() => {
      const { state, transport, id, client } = hooks.useComet();
      return `${state} ${transport} ${id?.length} ${client?.state}`;
    });
    await shows('open stream 22 open');
  });

  it('says why the server let nobody in', async () => {
    const { hooks, render } = await set({ authorize: { join: () => ({ refuse: 'members only' }) } });
    render(() => {
      const { state, error } = hooks.useComet();
      return `${state} ${error?.message}`;
    });
    await shows('closed [refused] members only');
  });

  it('publishes', async () => {
    const { hooks, render } = await set({ authorize: { publish: true } });
    let publish = (): unknown => undefined;
    render(() => {
      const { client, state } = hooks.useComet();
      publish = () => client?.publish('/n', 5);
      return `${state} ${hooks.useSubscription('/n', { initial: 0 }).value}`;
    });
    await shows('open 0');
    await publish();
    await shows('open 5');
  });

  it('outlives a component that comes back at once, and is closed a second after the last has gone', async () => {
    const { hub, hooks, render, unmount } = await set();
    const component = (): ReactNode => hooks.useComet().id ?? '';
    render(component);
    await open();
    const id = stage.text();
    unmount();
    await shows('');
    render(component);
    await shows(id);
    unmount();
    await eventually('the session has left', () => hub.stats().sessions === 0, 3000);
  });

  it('is found again by code that was replaced', async () => {
    const { hub, url, hooks, render } = await set();
    vi.resetModules();
    const replaced = (await import('@cometkit/react')).createHooks({ url });
    expect(replaced.useComet).not.toBe(hooks.useComet);
    render(() => `${hooks.useComet().id === replaced.useComet().id} ${hooks.useComet().state}`);
    await shows('true open');
    expect(hub.stats().sessions).toBe(1);
  });

  it('does not exist on the server', async () => {
    const { hub, hooks } = await set();
    const { renderToString } = await import('react-dom/server');
    const component = (): ReactNode =>
      `${hooks.useComet().state} ${hooks.useSubscription('/n', { initial: 3 }).value}`;
    expect(renderToString(createElement(component))).toBe('connecting 3');
    expect(hub.stats().sessions).toBe(0);
  });
});
