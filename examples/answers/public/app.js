import { createClient } from './client/cometkit.js';

const at = (id) => document.getElementById(id);
const client = createClient('/push');
client.on('state', (state) => {
  at('state').textContent = state;
  at('state').className = `badge ${state}`;
});

const ends = {
  cancelled: 'stopped',
  'no-handler': 'no such answer (any more)',
  'no-stream': 'replaced by another',
};
let reading = new AbortController();
let answer;

// The address names the answer, so that a reload, and whoever gets the link, reads it from its first word.
async function read(id) {
  reading.abort();
  reading = new AbortController();
  const { signal } = reading;
  answer = client.stream(`/answers/${id}`, { signal });
  show('', { busy: true, end: '' });
  let end = 'complete';
  try {
    for await (const token of answer) at('answer').append(token);
  } catch (error) {
    end = ends[error.serverCode] ?? error.message;
  }
  if (!signal.aborted) show(at('answer').textContent, { busy: false, end });
}

function show(text, { busy, end }) {
  if (at('answer').textContent !== text) at('answer').textContent = text;
  at('answer').setAttribute('aria-busy', String(busy));
  at('stop').hidden = !busy;
  at('end').textContent = end;
}

at('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  const response = await fetch('/ask', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question: at('question').value }),
  });
  const { id, error } = await response.json();
  if (error) at('end').textContent = error;
  else location.hash = id;
});
at('stop').addEventListener('click', () =>
  answer?.cancel().catch((error) => show('', { busy: false, end: error.message })),
);
addEventListener('hashchange', () => read(location.hash.slice(1)));
if (location.hash) await read(location.hash.slice(1));
