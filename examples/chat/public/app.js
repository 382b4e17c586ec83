import { createClient } from './client/cometkit.js';

const byId = (id) => document.getElementById(id);
const room = location.hash.slice(1) || 'lobby';
byId('room').textContent = `#${room}`;
byId('name').value = localStorage.getItem('name') ?? '';

const client = createClient('/push');
client.on('state', (state) => {
  byId('state').textContent = state;
  byId('state').className = `badge ${state}`;
});
client.on('transport', (transport, reason) => {
  byId('transport').textContent = transport;
  byId('transport').title = reason;
});
client.on('error', (error) => show('note', error.message));

byId('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const [name, text] = [byId('name').value.trim(), byId('text').value.trim()];
  localStorage.setItem('name', name);
  byId('text').value = '';
  try {
    await client.publish(`/rooms/${room}`, { name, text });
  } catch (error) {
    show('note', `not sent: ${error.message}`);
  }
});
addEventListener('hashchange', () => location.reload());

// The last fifty messages, then every one that follows: in order, once, or a line that says what is missing.
for await (const item of client.subscribe(`/rooms/${room}`, { last: 50, gaps: true })) {
  if (item.kind === 'gap') show('note', `messages are missing here (${item.reason})`);
  else show('message', item.data.text, item.data.name, new Date(item.time).toLocaleTimeString());
}

function show(kind, text, name = '', time = '') {
  const line = document.createElement('li');
  line.className = kind;
  for (const [part, value] of Object.entries({ time, name, text })) {
    const span = document.createElement('span');
    span.className = part;
    span.textContent = value;
    line.append(span);
  }
  byId('messages').append(line);
  line.scrollIntoView({ block: 'end' });
}
