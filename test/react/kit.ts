import type { ClientOptions } from '@cometkit/client';
import {
  createFetchHandler,
  createHub,
  type HandlerOptions,
  type Hub,
  type HubOptions,
} from '@cometkit/fetch';
import { createHooks, type Hooks } from '@cometkit/react';
import { JSDOM } from 'jsdom';
import { createElement, type ReactNode, StrictMode } from 'react';

const dom = new JSDOM('<!doctype html>', { url: 'http://app.example/' });
for (const name of ['window', 'document', 'navigator'] as const) {
  const value = name === 'window' ? dom.window : dom.window[name];
  Object.defineProperty(globalThis, name, { value, configurable: true });
}

/** What the tests publish. */
interface Subjects {
  '/n': number;
  '/stocks/:symbol': { price: number };
}

/** A server in this process, hooks that reach it without a socket, and a page. */
export interface Stage {
  readonly hub: Hub;
  readonly hooks: Hooks<Subjects>;
  readonly url: string;
  /** What reaches the server without a socket. */
  readonly runtime: ClientOptions['runtime'];
  /** Text of the page. */
  readonly text: () => string;
  /** Renders under StrictMode, as an app does. */
  render(component: () => ReactNode): void;
  /** Takes the component away. */
  unmount(): void;
  close(): Promise<void>;
}

let stages = 0;

/** Sets a stage. */
export async function stage(options: HandlerOptions = {}, hubOptions: HubOptions = {}): Promise<Stage> {
  const { createRoot } = await import('react-dom/client');
  const hub = createHub(hubOptions);
  const handler = createFetchHandler(hub, options);
  stages += 1;
  const url = `http://app.example/push${stages}`;
  const runtime = { fetch: (target: string, init: RequestInit) => handler(new Request(target, init)) };
  const place = dom.window.document.createElement('div');
  const root = createRoot(place);
  return {
    hub,
    hooks: createHooks<Subjects>({ url, runtime }),
    url,
    runtime,
    text: () => place.textContent ?? '',
    render: (component) => root.render(createElement(StrictMode, null, createElement(component))),
    unmount: () => root.render(null),
    close: async () => {
      root.unmount();
      await handler.close();
    },
  };
}
