// The words of docs/benchmarks/README.md.
import { systems } from './catalog.mjs';

const head = `# Benchmarks

Written by \`npm run bench\`; do not edit. What is measured and how is in [bench/README.md](../../bench/README.md), the
rows are in [results.json](results.json). (!) marks a system that lost, doubled or reordered events in that workload,
or else did not do what was asked: its figures are shown and mean little.

The first figure is the processor time that the server process spends on a delivery. Only ratios of one run mean
anything: each is the median of the ratios of single rounds, in which the systems took turns. A partial run replaces
only the rows that it measured; the list of runs is at the end.
`;

/** What stands before the table of each workload. */
export const notes = {
  A: 'The everyday case: events come one at a time, each to everybody, and the server is not busy. Nearly all of the cost is the system call that each stream takes.',
  E: 'As A, with TLS in the server’s own process. `tls` writes a ready chunk to each bare socket of TLS. Encryption is most of the cost, and what the generator spends on it is not counted. Goal: 1.10 × tls.',
  P: 'As A, but the clients acknowledge as the own client does: every 2 s, by a request on a second connection. Measured after ten minutes, in which leases and time-outs have come round many times. `raw-ack` is `raw` that also answers each acknowledgement with ready bytes. (!) marks sessions that are not all served together at the end. Goal: 1.15 × raw.',
  B: 'All events of a turn are ready together, so they can leave in one write. `raw-co` joins them once for all streams.',
  T: 'Each event has a turn of its own, at most 50 are under way. Joining helps only those who wait a little: `raw-win` waits 2 ms.',
  C: 'A held request is answered, and the client asks again at once. The limits keep no session and acknowledge nothing.',
  D: 'Resident memory of the server process for each client that waits, after a collection; the kernel’s buffers come on top. The nursery is where V8 makes new objects: it has grown to at most 32 MB while the clients came, is empty again, and weighs the less on each the more there are. The time is that of connect, request, session and subscription together.',
  F: 'Each event goes to ten streams of ten thousand. Measured after ten seconds: before, the compiler is not done with what runs once for ten deliveries.',
  G: 'Some clients stop reading. The others should not notice, and the server should not keep everything for the dead. Measured in events of 8 KB; memory is what the heap and its buffers grow by for each dead reader.',
  H: 'What sessions cost that have nothing to say to each other. `raw` writes a ready heartbeat to each bare socket, a hundredth of them each 100 ms.',
  J: 'As after a restart: all connect and ask for a stream at once (4,000 are under way at a time, as many as the kernel lets wait). The first figure is the processor time of that beside the same one by one, each on a new server. The others have been there before and get 50 events a second; their latency counts from when an event was due, so a server that stands still shows. Goals: 1.2 ×, and no event later than 100 ms.',
  K: 'Each session subscribes to 50 subjects of its own, as the own client does. An event on another subject costs what it costs to be checked and kept in the log; `raw-map` keeps none. The heap of a subscription is what it grows by from one subscription of each session to 50. Goals: 1 µs, 300 bytes.',
  R: 'All readers come in the same moment: those of server-sent events name the last event that they had, those of lines ask for the newest. A stall is the longest time in which the loop of the server did nothing else, to a millisecond. `raw-past` writes the same events, joined once, to each bare socket at once, and so stands still as long as that takes. Goals: 50 ms, 1.3 × raw-past.',
  N1: 'What an event costs that goes through the log of an engine on its way, both nodes together; the engine itself is counted apart, by event. Goals: p50 at most 2 ms and p99 at most 15 ms above one-node; half of what Socket.IO’s nodes spend, a third of what its engine does. The last two are missed. Of the nodes, nearly all is what one node spends on 1,000 writes; of the engine, waking up: at 20 events a second a bare `XADD` with two blocked `XREAD` costs a redis-server 232 µs an event, and a `PUBLISH` to two subscribers 159 µs, both more than a third of what Socket.IO’s takes (by hand, beside other work).',
  N2: 'All nodes share one core here, as in every N, so deliveries a second are those of one core. Goal: ten times those of Socket.IO.',
  N3: 'Three nodes on one core read the same log, and three clients listen at the last. Goals: 50,000 events a second in full frames, 5,000 when each has a turn of its own.',
  N4: 'What every node asks to see that the log is still the one it knows. Goal: at most 10 a second, and the same with sessions.',
  N5: 'The clients wait for nothing but the answer that they listen again; those of a page spread their first retry over half a second. Goals: 0.5 ms, and 99 % back within 2 s. The first is missed: of a resume 27 % is Node’s HTTP with a connection and a request, 22 % system calls, 19 % the handler, 11 % the collector, 10 % core, 6 % Redis’s client, in a process that has just started to serve.',
  Q: 'One client asks, one question of some 150 bytes after the other, then 16 at a time, and the server answers with what it was asked. `express-post` is a fetch POST to a route of the same Express app on a warm connection. Ours is carried out once at most, and its answer is an event that survives the connection: over HTTP it comes with the stream, beside the response that says that the request runs. Most of the time is in system calls: a bare answer is one write of each end, ours two of the server over HTTP, the acknowledgement and the answer on two connections, and one over WebSocket. The rest is the state machine of the client, a message id that is kept, an event in the log and its delivery. Many at a time leave one after the other. Goals: 1.3 × express-post, 1.2 × ws-echo; less CPU than socketio-ack. All three are missed.',
  L1: 'What a reader takes from one server: the own client over each transport beside the npm package `eventsource` and the least that reads such a stream. Every event is counted: (!) marks what was missing, doubled, out of order or under a gap, or what stood still. Goal: 0.9 × eventsource, over long-poll 0.7 ×.',
  L2: 'The line delays each piece by 20 ms; handshakes are not in it. Then the server ends and another takes its place, which publishes every 20 ms: the time is from there to the first event. A bare EventSource names all subjects in its address. Goals: 3 round trips, 500 ms.',
  L3: 'Every connection is reset and new ones are refused, then all is well again: how long until half and until 99 % of the clients are back, and the largest part of them that comes in any 100 ms. `client-model` has no sockets. Goals: p99 of 0.5, 1.5 and 3 s; at most a third at once.',
  S: 'The same number of deliveries a second to ever more streams. What bare sockets grow, the kernel grows.',
};

const isOurs = new Set(systems.filter(({ group }) => group === 'ours').map(({ name }) => name));
const isBare = new Set(systems.filter(({ group }) => group === 'limits').map(({ name }) => name));

function place(rows, workload) {
  const own = rows.filter((row) => row.workload === workload);
  const leading = own.filter(({ figure }) => figure === own[0]?.figure);
  const score = ({ value, more }) => (more ? -value : value);
  const best = leading.filter(({ system }) => isOurs.has(system)).sort((a, b) => score(a) - score(b))[0];
  if (best === undefined) return undefined;
  const better = leading.filter((row) => !isOurs.has(row.system) && score(row) < score(best));
  const names = better.map(({ system }) => `${system}${isBare.has(system) ? ' (bare)' : ''}`);
  const verdict = names.length === 0 ? 'nothing measured here is ahead' : `ahead of it: ${names.join(', ')}`;
  return `- ${workload}: best of ours ${best.system}, ${best.value} ${best.unit}; ${verdict}.`;
}

/** The opening of the page: what it is, and where we are not first. */
export function preface(rows) {
  const letters = [...new Set(rows.map(({ workload }) => workload))].sort();
  const places = letters.map((letter) => place(rows, letter)).filter(Boolean);
  if (places.length === 0) return head;
  return `${head}\n## Where we stand\n\nBy the first figure of each workload. A bare system has no sessions, no resumption and no guards.\n\n${places.join('\n')}\n`;
}
