import { byId, el, setText } from '../lib/dom.js';

/** How many values a chart shows: one a second, so a minute and a half. */
export const HISTORY = 90;

/**
 * What all tiles share: a title, a headline number and a body. Where the system has nothing to tell there is a line below
 * the tiles instead.
 *
 * @param {string} title
 * @param {{wide?: boolean}} options a wide tile takes two columns where there are enough
 */
export function frame(title, { wide = false } = {}) {
  const headline = el('p.headline', {}, '…');
  const body = el('div.body');
  const missing = el('li');
  const heading = el('header', {}, el('h3', {}, title), headline);
  const element = el(wide ? 'article.tile.wide' : 'article.tile', { 'aria-label': title }, heading, body);

  /** Shows the data by `fill`, or why there is none. */
  const show = (fill) => (data) => {
    const exposed = data.exposed !== false;
    element.hidden = !exposed;
    if (exposed) missing.remove();
    else byId('not-exposed').append(missing);
    if (exposed) fill(data);
    else setText(missing, `${title}: not exposed by this system (${data.reason}).`);
  };
  return { element, body, headline: (text) => setText(headline, text), show };
}

/** A list of names and values that keeps its elements and only changes their texts. */
export function rows() {
  const element = el('dl.rows');
  const values = new Map();
  return {
    element,
    set(name, text) {
      if (!values.has(name)) {
        values.set(name, el('dd'));
        element.append(el('dt', {}, name), values.get(name));
      }
      setText(values.get(name), text);
    },
  };
}

/** A horizontal bar that is `share` full, 0 to 1. */
export function bar() {
  const fill = el('span');
  return {
    element: el('div.bar', {}, fill),
    set(share) {
      fill.style.width = `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`;
      fill.classList.toggle('full', share > 0.9);
    },
  };
}

/** What the colours of a chart mean. */
export function legend(entries) {
  const items = entries.map(([text, kind]) => el(`li.key.${kind}`, {}, text));
  return el('ul.legend', {}, ...items);
}
