// What the parts of the inspector's page are made with.

/** Returns the element with an id. */
export const part = (id) => document.getElementById(id);

/** Makes an element; texts come from clients, so they are never read as HTML. */
export function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Shows a sentence for six seconds. */
export function notify(sentence) {
  part('notice').textContent = sentence;
  setTimeout(() => {
    part('notice').textContent = '';
  }, 6000);
}

/** Asks the inspector for something below its address; with fields, to do something. Its refusal is an error with its sentence. */
export async function ask(path, fields) {
  const options =
    fields === undefined
      ? {}
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(fields) };
  const response = await fetch(path, options);
  const text = await response.text();
  const json = response.headers.get('content-type') === 'application/json';
  if (response.ok) return JSON.parse(text);
  throw new Error(json ? JSON.parse(text).error : text.trim());
}

/** Runs what a button or a form asks for, and says what went wrong. */
export const attempt = (work) => (event) => {
  event?.preventDefault();
  work(event).catch((error) => notify(error.message));
};

const shownAs = new WeakMap();

/** Replaces the children of a list, if what they show has changed, and keeps the focus on the same session. */
export function fill(list, values, toElement) {
  const text = JSON.stringify(values);
  if (shownAs.get(list) === text) return;
  shownAs.set(list, text);
  const focused = list.contains(document.activeElement) ? document.activeElement.title : undefined;
  list.replaceChildren(...values.map(toElement));
  if (focused) list.querySelector(`button[title="${CSS.escape(focused)}"]`)?.focus();
}

/** Replaces the entries of a description list. */
export function pairs(list, entries) {
  list.replaceChildren(
    ...entries.map(([name, value]) => {
      const pair = document.createElement('div');
      pair.append(element('dt', name), element('dd', String(value)));
      return pair;
    }),
  );
}
