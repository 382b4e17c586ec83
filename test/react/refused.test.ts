import type { HandlerOptions } from '@cometkit/fetch';
import { createHooks } from '@cometkit/react';
import { Component, createElement, Fragment, type ReactNode, useEffect } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { createSharedClient } from '../../packages/client/src/shared.ts';
import { Origin } from '../client/tabs-kit.ts';
import { eventually } from '../support/eventually.ts';
import { type Stage, stage as setStage } from './kit.ts';

let stage: Stage;
let loggedIn = false;
let joins = 0;

async function set(options?: HandlerOptions): Promise<Stage> {
  [loggedIn, joins] = [false, 0];
  stage = await setStage({
    authorize: {
      join: () => {
        joins += 1;
        return loggedIn || { refuse: 'please log in' };
      },
      ...options?.authorize,
    },
  });
  return stage;
}

function shows(text: string): Promise<boolean> {
  return eventually(`"${text}" instead of "${stage.text()}"`, () => stage.text() === text, 4000);
}

afterEach(() => stage.close());

describe('an app that was refused before the login', () => {
  it('goes on when a component with a subscription appears after it', async () => {
    const { hub, hooks, render } = await set();
    const Status = (): ReactNode => `${hooks.useComet().state} `;
    const Inbox = (): ReactNode => {
      const { value, ready } = hooks.useSubscription('/n', { initial: 0 });
      return `${value} ${ready}`;
    };
    const component = (): ReactNode =>
      createElement(Fragment, null, createElement(Status), loggedIn && createElement(Inbox));
    render(component);
    await shows('closed ');
    loggedIn = true;
    render(component);
    await shows('open 0 true');
    hub.publish('/n', 7);
    await shows('open 7 true');
  });

  it('goes on by a call, with every component that was refused', async () => {
    const { hub, hooks, render } = await set();
    let open = (): void => undefined;
    const component = (): ReactNode => {
      const comet = hooks.useComet();
      open = comet.open;
      const { value, ready, error } = hooks.useSubscription('/n', { initial: 0 });
      return `${comet.state} ${value} ${ready} ${error?.reason}`;
    };
    render(component);
    await shows('closed 0 false please log in');
    open();
    await shows('closed 0 false please log in');
    loggedIn = true;
    open();
    await shows('open 0 true undefined');
    hub.publish('/n', 7);
    await shows('open 7 true undefined');
  });

  it('shows in every component that it was refused, also in one that appears late', async () => {
    const { hooks, render } = await set();
    let late = false;
    const One = (): ReactNode => {
      const { ready, error } = hooks.useSubscription('/n');
      return `${ready} ${error?.reason} `;
    };
    const component = (): ReactNode =>
      createElement(Fragment, null, createElement(One), late && createElement(One));
    render(component);
    await shows('false please log in ');
    late = true;
    render(component);
    await shows('false please log in false please log in ');
  });

  it.each(['each tab with its own session', 'all tabs with one'])(
    'does not try again for ever where what it shows then subscribes too: %s',
    async (how) => {
      const { url, runtime, render } = await set();
      const { ports } = new Origin().tab();
      const hooks = createHooks<{ '/n': number }>({
        url,
        runtime,
        ...(how === 'all tabs with one' && {
          createClient: (address, options) => createSharedClient(address, { ...options, ports }),
        }),
      });
      let mounted = 0;
      const Login = (): ReactNode => {
        useEffect(() => {
          mounted += 1;
        }, []);
        return `login ${hooks.useSubscription('/news').ready}`;
      };
      const App = (): ReactNode => String(hooks.useSubscription('/n').value);
      render(() => createElement(hooks.useComet().state === 'closed' ? Login : App));
      await shows('login false');
      await eventually('the attempt that the login page makes', () => joins === 2, 3000);
      await eventually(
        'its refusal',
        () => stage.hub.stats().sessions === 0 && stage.text() === 'login false',
      );
      // Once, and once more by StrictMode.
      expect(mounted).toBe(2);
    },
  );

  it('goes on when it is refused at a reconnect, and misses nothing', async () => {
    const { hub, hooks, render } = await set();
    loggedIn = true;
    let open = (): void => undefined;
    const component = (): ReactNode => {
      const comet = hooks.useComet();
      open = comet.open;
      const { value, ready, error } = hooks.useSubscription('/n', {
        initial: '',
        reduce: (text, { data }) => text + data,
      });
      return `${comet.state} ${value} ${ready} ${error?.reason}`;
    };
    render(component);
    await shows('open  true undefined');
    hub.publish('/n', 1);
    await shows('open 1 true undefined');
    loggedIn = false;
    for (const session of [...hub.sessions()]) hub.leave(session, 'revoked');
    await shows('closed 1 false please log in');
    hub.publish('/n', 2);
    loggedIn = true;
    open();
    await shows('open 12 true undefined');
  });

  it('asks again by the call for a subscription that was refused on its own', async () => {
    let allowed = false;
    const { hub, hooks, render } = await set({ authorize: { subscribe: () => allowed } });
    loggedIn = true;
    let open = (): void => undefined;
    render(() => {
      open = hooks.useComet().open;
      const { value, ready, error } = hooks.useSubscription('/n', { initial: 0 });
      return `${value} ${ready} ${error?.code}`;
    });
    await shows('0 false refused');
    allowed = true;
    open();
    await shows('0 true undefined');
    hub.publish('/n', 1);
    await shows('1 true undefined');
  });

  it('goes on after the application itself has closed the client', async () => {
    const { hub, hooks, render } = await set();
    loggedIn = true;
    let comet = {} as ReturnType<typeof hooks.useComet>;
    render(() => {
      comet = hooks.useComet();
      const { value, ready } = hooks.useSubscription('/n', { initial: 0 });
      return `${comet.state} ${value} ${ready}`;
    });
    await shows('open 0 true');
    await comet.client?.close();
    await shows('closed 0 false');
    comet.open();
    await shows('open 0 true');
    hub.publish('/n', 1);
    await shows('open 1 true');
  });
});

describe('the settings of hooks', () => {
  it('make another client when they are others, and the same when they are the same', async () => {
    const { hub, url, runtime, render } = await set({});
    loggedIn = true;
    const tenant = (name: string) => createHooks({ url, runtime, headers: { 'x-tenant': name } });
    const hooks = [tenant('red'), tenant('blue'), tenant('red')];
    render(() => hooks.map(({ useComet }) => useComet().id ?? '?').join());
    await eventually('all', () => /^[^?]+$/.test(stage.text()));
    const [red, blue, again] = stage.text().split(',');
    expect(again).toBe(red);
    expect(blue).not.toBe(red);
    expect(hub.stats().sessions).toBe(2);
  });

  it('let tabs share a session', async () => {
    const { hub, url, runtime, render } = await set({ authorize: { publish: true } });
    loggedIn = true;
    const origin = new Origin();
    const tab = () => {
      const { ports } = origin.tab();
      return createHooks<{ '/n': number }>({
        url,
        runtime,
        createClient: (address, options) => createSharedClient(address, { ...options, ports }),
      });
    };
    const tabs = [tab(), tab(), tab()];
    const component = (): ReactNode =>
      tabs
        .map(({ useComet, useSubscription }) => {
          const { value, ready } = useSubscription('/n', { initial: 0 });
          return `${useComet().state} ${value} ${ready}`;
        })
        .join();
    render(component);
    await shows('open 0 true,open 0 true,open 0 true');
    hub.publish('/n', 7);
    await shows('open 7 true,open 7 true,open 7 true');
    expect(hub.stats()).toMatchObject({ sessions: 1, subscriptions: 1 });
  });
});

it('a pattern that is none throws, and keeps no connection open', async () => {
  const { hub, hooks, render, unmount } = await set();
  loggedIn = true;
  const errors: unknown[] = [];
  class Boundary extends Component<{ children?: ReactNode }, { failed: boolean }> {
    override state = { failed: false };
    static getDerivedStateFromError = () => ({ failed: true });
    override componentDidCatch(error: unknown): void {
      errors.push(error);
    }
    override render(): ReactNode {
      return this.state.failed ? 'failed' : this.props.children;
    }
  }
  const Wrong = (): ReactNode => String(hooks.useSubscription(undefined as never).value);
  render(() => createElement(Boundary, null, createElement(Wrong)));
  await shows('failed');
  expect(errors[0]).toBeInstanceOf(TypeError);
  unmount();
  await eventually('the session has left', () => hub.stats().sessions === 0, 3000);
});
