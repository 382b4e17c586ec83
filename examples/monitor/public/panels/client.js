import { createClient } from '/client/cometkit.js';
import { eventSource, iframe } from '/client/transports.js';
import { byId } from '../lib/dom.js';
import { Tally } from '../lib/tally.js';
import { clientCard } from './client-card.js';
import { badge } from './header.js';

// Our name at the server, by which it knows whose connections an outage is to cut.
const name = Math.random().toString(36).slice(2, 14).padEnd(8, '0');
const states = { open: 'live', closed: 'paused', connecting: 'connecting', reconnecting: 'retrying' };

/**
 * `@cometkit/client` on the same clock as the five ways: one session whose transport is changed by a click, and whose
 * connections are cut by another. It keeps no count but the one of what it should never have: missing and duplicate.
 */
export function clientPanel(offset) {
  const tally = new Tally();
  const sign = badge('client');
  const card = clientCard({ onUse: use, onOutage: outage });
  byId('client').append(card.element);
  let client;
  let lost = false;
  let last = 0; // the number of the newest tick
  let cursor; // where a client that was closed for another tab stood

  function start() {
    const transports = ['stream', eventSource(), iframe(), 'long-poll', 'poll'];
    client = createClient(`/push?by=${name}`, { transports, resumeFrom: cursor });
    show('connecting');
    client.on('state', show);
    client.on('transport', card.showTransport);
    client.on('reconnecting', (error, delayMs) => {
      card.timeline.tried();
      card.log(
        `cut off (${error.code}), tried again ${delayMs < 1 ? 'at once' : `in ${Math.round(delayMs)} ms`}`,
      );
    });
    client.on('error', (error) => card.log(error.message));
    client.subscribe('/system/clock', { gaps: true }).on(take);
    use('auto');
  }

  function take(item) {
    if (item.kind === 'gap') {
      card.log(`told of a gap: ${item.reason}`);
      return;
    }
    tally.see(item.data);
    last = item.data.n;
    card.timeline.saw(last, tally.missing, !lost);
    card.showTick(tally, Math.max(0, Date.now() + offset - item.data.t));
  }

  function show(state) {
    if (state === 'open' && lost) card.log('events come again, from where they stopped');
    lost = state === 'reconnecting';
    card.showState(state, states[state]);
    sign.show(states[state]);
  }

  function use(transport) {
    client?.use(transport);
    card.showAsked(transport);
  }

  async function outage() {
    const response = await fetch(`/api/outage/${name}`, { method: 'POST' });
    if (!response.ok) return;
    card.timeline.cut(last);
    card.log('outage: its connections are cut, new ones dropped for 3 s');
  }

  function stop() {
    cursor = client?.cursor ?? cursor;
    void client?.close();
  }

  return { start, stop };
}
