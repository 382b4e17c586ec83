import { eventSource } from './event-source.js';
import { fetchStream } from './fetch-stream.js';
import { polling } from './polling.js';
import { scriptFrame } from './script-frame.js';

/** The five ways, in the order in which they feed the tiles when several run. */
export const ways = [
  {
    id: 'event-source',
    name: 'EventSource',
    how: 'stream · sse',
    hint: 'One line of code, reconnects by itself.',
    create: eventSource,
  },
  {
    id: 'fetch-stream',
    name: 'fetch stream',
    how: 'stream · ndjson',
    hint: 'One endless answer, one JSON line an event.',
    create: fetchStream,
  },
  {
    id: 'script-frame',
    name: 'iframe script',
    how: 'stream · js',
    hint: 'A page that never ends, one script an event.',
    create: scriptFrame,
  },
  {
    id: 'long-poll',
    name: 'long-poll',
    how: 'long-poll · ndjson',
    hint: 'The answer is held until there is something.',
    create: (wiring) => polling('long-poll', wiring),
  },
  {
    id: 'poll',
    name: 'poll',
    how: 'poll · ndjson',
    hint: 'Asks now and then, gets all since last time.',
    create: (wiring) => polling('poll', wiring),
  },
];
