// What the page of the client's browser tests runs: one client, and a record that outlives the page.
import { type Client, type ClientItem, createClient } from '@cometkit/client';
import { createSharedClient } from '@cometkit/client/shared';
import { eventSource, iframe, type Transport, webSocket } from '@cometkit/client/transports';

/** The transports that there are in a browser. */
export type BrowserTransport = 'web-socket' | 'stream' | 'event-source' | 'iframe' | 'long-poll' | 'poll';

/** What a page has seen. @returns items of the oracle, over all lives of the page. */
export interface PageRecord {
  readonly handed: readonly unknown[];
  readonly state: string;
  readonly id: string | undefined;
  readonly transport: string | undefined;
  readonly moves: readonly string[];
  readonly restored: boolean;
  /** Codes of the errors that the client told. */
  readonly errors: readonly string[];
}

declare global {
  interface Window {
    kit: {
      begin(transports: readonly BrowserTransport[], shared?: boolean): Promise<void>;
      record(): PageRecord;
      client(): Client;
    };
  }
}

const storage = openStorage();
const key = 'record';
const headers = { 'content-type': 'application/json' };
const moves: string[] = [];
const errors: string[] = [];
let client: Client | undefined;
let restored = false;
addEventListener('pageshow', (event) => {
  restored ||= event.persisted;
});

// A frame on another site may keep nothing: its record ends with it.
function openStorage(): Pick<Storage, 'getItem' | 'setItem'> {
  try {
    return sessionStorage;
  } catch {
    const kept = new Map<string, string>();
    return {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
    };
  }
}

// A duplicated tab begins with a copy of the record, and writes to a copy of its own.
function load(): { handed: unknown[]; cursor?: string } {
  return JSON.parse(storage.getItem(key) ?? '{"handed":[]}');
}

async function begin(transports: readonly BrowserTransport[], shared = false): Promise<void> {
  storage.setItem('transports', JSON.stringify(transports));
  const stored = load();
  const make = shared ? createSharedClient : createClient;
  client = make('/push', { transports: transports.map(transportOf), resumeFrom: stored.cursor });
  client.on('transport', (name, why) => moves.push(`${name} ${why}`));
  client.on('error', ({ code }) => errors.push(code));
  const subscription = client.subscribe('/a', { gaps: true });
  subscription.on((item) => {
    stored.handed.push(shorten(item));
    stored.cursor = item.cursor;
    storage.setItem(key, JSON.stringify(stored));
  });
  await subscription.ready;
}

function shorten(item: ClientItem): unknown {
  return item.kind === 'gap' ? item : { kind: 'data', id: item.data, cursor: item.cursor };
}

function transportOf(name: BrowserTransport): Transport | 'stream' | 'long-poll' | 'poll' {
  if (name === 'web-socket') return webSocket();
  if (name === 'event-source') return eventSource();
  return name === 'iframe' ? iframe() : name;
}

window.kit = {
  begin,
  record: () => ({
    handed: load().handed,
    state: client?.state ?? 'none',
    id: client?.id,
    transport: client?.transport,
    moves,
    restored,
    errors,
  }),
  client: () => client as Client,
};
if (location.search === '?report') {
  setInterval(
    () => void fetch('/report', { method: 'POST', headers, body: JSON.stringify(window.kit.record()) }),
    200,
  );
}
// A page that is loaded again goes on as it was.
const before = storage.getItem('transports');
if (before !== null) void begin(JSON.parse(before) as BrowserTransport[]);
