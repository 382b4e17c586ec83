import { byId, el, setText } from './dom.js';

const docs = 'https://github.com/cometkit/cometkit/blob/main/docs/';

/**
 * The lines of code behind a card, folded up: those of the server and those of the page, each with a button that copies
 * them, and the page of the documentation that explains them. The lines themselves stand in index.html.
 *
 * @param {string} id of the card; its template is `code-<id>`
 * @param {string} title of the card, for those who do not see it
 */
export function codeOf(id, title) {
  const { content, dataset } = byId(`code-${id}`);
  const blocks = [...content.querySelectorAll('pre')].map((pre) => block(pre, title));
  const link = el('a', { href: docs + dataset.docs }, 'In the documentation');
  link.setAttribute('aria-label', `${title} in the documentation`);
  return el('details.code', {}, el('summary', { 'aria-label': `Code of ${title}` }, 'Code'), ...blocks, link);
}

/** Fills the places of the page that ask for code by `data-code`. */
export function showCode() {
  for (const place of document.querySelectorAll('[data-code]')) {
    place.append(codeOf(place.dataset.code, place.dataset.title));
  }
}

function block(pre, title) {
  const text = pre.textContent.trim();
  const where = pre.dataset.where;
  return el(
    'figure',
    {},
    el(
      'figcaption',
      {},
      where,
      copyButton(() => text, `Copy the lines of the ${where} for ${title}`),
    ),
    el('pre', {}, text),
  );
}

/** A button that puts a text on the clipboard, and says so. */
export function copyButton(text, label) {
  const button = el('button.quiet', { type: 'button', 'aria-label': label }, 'Copy');
  button.addEventListener('click', async () => {
    const done = await navigator.clipboard.writeText(text()).then(
      () => 'Copied',
      () => 'Select and copy it', // the page is not served over https or from this machine
    );
    setText(button, done);
    setTimeout(() => setText(button, 'Copy'), 2000);
  });
  return button;
}
