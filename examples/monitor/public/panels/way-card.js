import { chart } from '../lib/chart.js';
import { codeOf } from '../lib/code.js';
import { el, setText } from '../lib/dom.js';
import { count, latency } from '../lib/format.js';
import { Series } from '../lib/series.js';

/** The card of one way of receiving: its state, its three counters, its latency. */
export function wayCard({ id, name, how, hint }, onToggle) {
  const state = el('span.state', {}, 'paused');
  const [received, missing, duplicates, now] = ['0', '0', '0', '–'].map((text) => el('dd', {}, text));
  const delays = new Series(120);
  const curve = chart([{ series: delays, color: '--accent' }], { floor: 10, label: `Latency of ${name}` });
  const button = el('button.quiet', { type: 'button', onclick: onToggle }, 'Resume');
  const element = el(
    'article.way',
    { id: `way-${id}`, 'data-state': 'paused', 'aria-label': name },
    el('header', {}, el('h3', {}, name), state),
    el('p.how', {}, how),
    el('p.muted', {}, hint),
    el(
      'dl.counters',
      {},
      ...pair('received', received),
      ...pair('missing', missing),
      ...pair('duplicate', duplicates),
    ),
    el('div.latency', {}, el('dl', {}, ...pair('latency', now)), curve.element),
    el('footer', {}, el('span.detail.muted'), button),
    codeOf(id, name),
  );

  return {
    element,
    showState(value, detail = '') {
      element.dataset.state = value;
      setText(state, value);
      setText(element.querySelector('.detail'), detail);
      setText(button, value === 'paused' ? 'Resume' : 'Pause');
      button.setAttribute('aria-label', `${button.textContent} ${name}`);
    },
    showTick(tally, delayMs) {
      setText(received, count(tally.received));
      showFault(missing, tally.missing);
      showFault(duplicates, tally.duplicates);
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

function showFault(element, value) {
  setText(element, count(value));
  element.classList.toggle('fault', value > 0);
}
