import { chart } from '../lib/chart.js';
import { codeOf } from '../lib/code.js';
import { el, setText } from '../lib/dom.js';
import { count, latency } from '../lib/format.js';
import { Series } from '../lib/series.js';
import { timeline } from './timeline.js';

const transports = {
  auto: 'auto',
  stream: 'fetch stream',
  'event-source': 'EventSource',
  iframe: 'iframe',
  'long-poll': 'long-poll',
  poll: 'poll',
};
const lines = 60;

/** The card of the client: its state and counters, a button for each transport and one for the outage, and a log. */
export function clientCard({ onUse, onOutage }) {
  const state = el('span.state', {}, 'closed');
  const [received, missing, duplicates, now] = ['0', '0', '0', '–'].map((text) => el('dd', {}, text));
  const transport = el('dd', {}, '–');
  const delays = new Series(240);
  const curve = chart([{ series: delays, color: '--accent' }], { floor: 10, label: 'Latency of the client' });
  const buttons = Object.entries(transports).map(([name, text]) =>
    el(
      'button.quiet',
      { type: 'button', 'data-use': name, 'aria-pressed': 'false', onclick: () => onUse(name) },
      text,
    ),
  );
  const outage = el('button', { type: 'button', id: 'outage', onclick: onOutage }, 'Simulate an outage');
  const log = el('ol.log', { id: 'client-log', 'aria-label': 'What happened to the client' });
  const course = timeline();
  const counters = { received, missing, duplicate: duplicates, transport };
  const element = el(
    'article.way.client',
    { id: 'client-card', 'data-state': 'paused', 'aria-label': 'CometKit client' },
    el(
      'div.figures',
      {},
      el('header', {}, el('h3', {}, 'CometKit client'), state),
      el('dl.counters', {}, ...Object.entries(counters).flatMap(([name, value]) => pair(name, value))),
      el('div.latency', {}, el('dl', {}, ...pair('latency', now)), curve.element),
    ),
    el(
      'div.switches',
      {},
      el('p.muted', {}, 'Change the transport in mid-session, or cut it off:'),
      el('div.buttons', { role: 'group', 'aria-label': 'Transport' }, ...buttons),
      outage,
    ),
    log,
    course.element,
    codeOf('client', 'the client'),
  );

  function write(text) {
    log.prepend(el('li', {}, el('time', {}, new Date().toLocaleTimeString()), el('span', {}, text)));
    while (log.children.length > lines) log.lastChild.remove();
  }

  return {
    element,
    log: write,
    timeline: course,
    showState(word, kind) {
      element.dataset.state = kind;
      setText(state, word);
    },
    showTransport(name, why) {
      setText(transport, transports[name]);
      write(`events come by ${transports[name]} (${why})`);
    },
    showAsked(name) {
      for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.use === name));
    },
    showTick(tally, delayMs) {
      setText(received, count(tally.received));
      for (const [dd, value] of [
        [missing, tally.missing],
        [duplicates, tally.duplicates],
      ]) {
        setText(dd, count(value));
        dd.classList.toggle('fault', value > 0);
      }
      setText(now, latency(delayMs));
      delays.push(delayMs);
      curve.update();
    },
  };
}

function pair(name, value) {
  value.dataset.name = name;
  return [el('dt', {}, name), value];
}
