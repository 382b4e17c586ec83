// A WebSocket without any library: commands and events are JSON, one object in each message.
const state = document.querySelector('#state');
const subjects = document.querySelector('#subjects');
const counts = document.querySelector('#counts');
const rows = new Map();
const place = { id: undefined, key: undefined, cursor: undefined };
let [events, gaps, connections] = [0, 0, 0];

/** Connects; whatever happens to the connection, the next one goes on behind the last event. */
function connect() {
  const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/push`);
  const say = (message) => socket.send(JSON.stringify(message));
  connections += 1;
  socket.onopen = () => {
    const { id, key, cursor } = place;
    if (id === undefined) say({ type: 'join-listen', subject: '/machine', heartbeats: 'answer' });
    else say({ type: 'listen', session: id, key, ack: cursor, heartbeats: 'answer' });
  };
  socket.onmessage = ({ data }) => take(JSON.parse(data), say);
  socket.onclose = () => {
    state.textContent = 'connecting again';
    setTimeout(connect, 1000);
  };
}

function take(event, say) {
  const { type: kind, cursor } = event;
  if (kind === 'join-listen-ack') Object.assign(place, { id: event.session, key: event.key });
  if (kind.endsWith('listen-ack')) state.textContent = `listening, connection ${connections}`;
  // The session ended: join anew.
  if (kind === 'abort' || event.code === 'unknown-session') place.id = undefined;
  if (cursor !== undefined) place.cursor = cursor;
  if (kind === 'heartbeat') say({ type: 'heartbeat', ack: place.cursor });
  if (kind === 'gap') gaps += 1;
  if (kind === 'data') show(event);
  if (kind === 'data' && events % 20 === 0) say({ type: 'ack', ack: cursor });
  counts.textContent = `${events} events, ${gaps} gaps`;
}

function show({ subject, data }) {
  events += 1;
  let row = rows.get(subject);
  if (row === undefined) {
    const name = document.createElement('dt');
    name.textContent = subject;
    row = document.createElement('dd');
    rows.set(subject, row);
    subjects.append(name, row);
  }
  row.textContent = JSON.stringify(data);
}

connect();
