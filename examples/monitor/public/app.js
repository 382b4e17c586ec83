import { copyButton, showCode } from './lib/code.js';
import { byId, setText } from './lib/dom.js';
import { oneTab } from './lib/one-tab.js';
import { clockOffset } from './lib/server-time.js';
import { chat } from './panels/chat.js';
import { clientPanel } from './panels/client.js';
import { Feed } from './panels/feed.js';
import { header } from './panels/header.js';
import { hotplug } from './panels/hotplug.js';
import { secondDevice } from './panels/second-device.js';
import { Way } from './panels/way.js';
import { ways } from './receivers/index.js';
import { createTiles } from './tiles/index.js';

/** What every way subscribes to; a comma separates several. */
const SUBJECTS = '/system,/hotplug,/chat';

async function getMachine() {
  const response = await fetch('/api/machine', { cache: 'no-store' });
  if (!response.ok) throw new Error(`/api/machine answered ${response.status}`);
  return response.json();
}

function createWays(offset) {
  const list = [];
  const feed = new Feed(list);
  const wiring = { subjects: SUBJECTS, offset, onEvent: (event, way) => feed.take(event, way) };
  for (const way of ways) list.push(new Way(way, wiring));
  byId('ways').append(...list.map((way) => way.element));
  return { list, feed };
}

function connect(feed, list, machine) {
  const { showUptime } = header(machine);
  for (const tile of createTiles()) {
    byId('tiles').append(tile.element);
    feed.on(tile.subject, tile.show);
  }
  feed.on('/system/load', (load) => showUptime(load.uptime));
  feed.on('/hotplug/', hotplug(machine.devices));
  feed.on(
    '/chat',
    chat(() => list.find((way) => way.credentials)?.credentials),
  );
}

/** A browser opens six connections to a server at most; five of ours stay open. So one tab has them at a time. */
function run(list, client) {
  oneTab(
    () => {
      for (const way of list) way.resume();
      client.start();
    },
    () => {
      for (const way of list) way.leave();
      client.stop();
    },
  );
}

/** The line that shows the same in a terminal. */
function showCurl() {
  const line = byId('curl').querySelector('code');
  setText(line, `curl -N '${location.origin}/push?subject=/system'`);
  byId('curl').append(copyButton(() => line.textContent, 'Copy the curl line'));
}

try {
  showCurl();
  showCode();
  const machine = await getMachine();
  secondDevice(machine.elsewhere);
  const offset = await clockOffset(getMachine);
  const { list, feed } = createWays(offset);
  connect(feed, list, machine);
  run(list, clientPanel(offset));
  // What scrolls can be scrolled by keys, in every browser.
  for (const log of document.querySelectorAll('.log')) log.tabIndex = 0;
} catch (error) {
  setText(
    byId('notice'),
    `The page could not start: ${error.message}. Is the server running? Then load it again.`,
  );
  byId('notice').hidden = false;
}
