/**
 * Makes an element. Text goes in as text, never as markup: what a chat partner typed cannot become a tag.
 *
 * @param {string} tag such as `div` or `button.quiet` (the class after the dot)
 * @param {object} attributes attributes by name; functions become listeners (`onclick`)
 * @param {(Node|string)[]} children
 */
export function el(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** Sets a text only when it differs: the page stays still where nothing changes. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The element with this id; a typing error here should be loud. */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element #${id}`);
  return element;
}
