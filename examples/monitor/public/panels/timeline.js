import { el, setText } from '../lib/dom.js';

/** Ticks after the connection is back until the count is taken: what was missed has come by then. */
const SETTLED = 4;

/** What happened in the last outage, in four steps with the seconds since the cut. */
export function timeline() {
  const steps = ['cut', 'retries', 'resumed', 'missing'].map((name) => {
    const value = el('b', {}, '–');
    return { name, value, element: el('li', { 'data-step': name }, el('span', {}, name), value) };
  });
  const element = el(
    'ol.timeline',
    { 'aria-label': 'The last outage', hidden: '' },
    ...steps.map((s) => s.element),
  );
  let begun;
  let tries = 0;
  let ticks;

  function set(name, text) {
    const step = steps.find((each) => each.name === name);
    setText(step.value, text);
    step.element.dataset.done = String(text !== '–');
  }

  const since = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`;

  return {
    element,
    /** The outage begins; `last` is the number of the last tick that came. */
    cut(last) {
      begun = performance.now();
      tries = 0;
      ticks = undefined;
      element.hidden = false;
      for (const { name } of steps) set(name, '–');
      set('cut', `behind tick ${last}`);
    },
    tried() {
      if (begun === undefined) return;
      tries += 1;
      set('retries', `${tries}, after ${since()}`);
    },
    /** An event came; `missing` is how many did not. */
    saw(n, missing, connected) {
      if (begun === undefined || tries === 0 || !connected) return;
      if (ticks === undefined) set('resumed', `at tick ${n}, after ${since()}`);
      ticks = (ticks ?? 0) + 1;
      if (ticks < SETTLED) return;
      set('missing', String(missing));
      begun = undefined;
    },
  };
}
