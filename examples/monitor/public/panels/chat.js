import { byId, el, setText } from '../lib/dom.js';
import { timeOfDay } from '../lib/format.js';
import { send } from '../lib/wire.js';

const MAX_LINES = 200;

/**
 * The chat: publishes by POST, and shows what comes back on the stream like everybody else's.
 *
 * @param {() => object|undefined} credentials of any way that is live and speaks JSON; a publisher needs a session
 */
export function chat(credentials) {
  const [form, name, text, trouble] = ['say', 'name', 'text', 'chat-trouble'].map(byId);
  const messages = byId('messages');
  name.value = `guest ${Math.floor(Math.random() * 90 + 10)}`;
  messages.append(el('li.muted', {}, 'Open this page in a second window and talk to yourself.'));

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await say(credentials(), { id: newId(), name: name.value, text: text.value });
      text.value = '';
      setText(trouble, '');
    } catch (error) {
      setText(trouble, error.message);
    }
  });

  return (message, event) => {
    messages.append(line(message, event.time));
    if (messages.children.length > MAX_LINES) messages.firstElementChild.remove();
    messages.scrollTop = messages.scrollHeight;
  };
}

async function say(proof, message) {
  if (proof === undefined) throw new Error('Not connected: resume one of the ways that fetch.');
  await send({ type: 'publish', ...proof, subject: '/chat', data: message });
}

/** What tells this message from all others, so that five ways show it once. */
function newId() {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return `${high.toString(36)}-${low.toString(36)}`;
}

/** Names and texts come from strangers: they go in as text. A classic format may have made a number of them. */
function line({ name, text }, time) {
  return el(
    'li',
    {},
    el('time', {}, timeOfDay(time)),
    el('b', {}, String(name)),
    el('span', {}, String(text)),
  );
}
