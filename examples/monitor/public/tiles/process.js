import { chart } from '../lib/chart.js';
import { bytes, count, duration } from '../lib/format.js';
import { Series } from '../lib/series.js';
import { frame, HISTORY, rows } from './frame.js';

/** The server that sends all this: what it costs, and what its hub does. */
export function processTile() {
  const tile = frame('This server');
  const late = new Series(HISTORY);
  const lines = [{ series: late, color: '--cool' }];
  const curve = chart(lines, { floor: 5, label: 'Event loop delay, worst in each second' });
  const list = rows();
  let taken;
  tile.body.append(curve.element, list.element);

  const show = tile.show(({ rss, heapUsed, heapTotal, loop, hub, uptime, pid }) => {
    tile.headline(bytes(rss));
    late.push(loop.max);
    curve.update();
    list.set('event loop late', `${loop.mean.toFixed(1)} ms, at most ${loop.max.toFixed(1)} ms`);
    list.set('heap', `${bytes(heapUsed)} of ${bytes(heapTotal)}`);
    list.set('sessions', `${count(hub.sessions)}, ${count(hub.attached)} with a channel`);
    list.set('published', count(hub.published));
    // The reports come once a second, so the difference between two of them is the rate.
    list.set('delivered', `${count(hub.taken)}, ${count(hub.taken - (taken ?? hub.taken))} a second`);
    taken = hub.taken;
    list.set('log', `${count(hub.logEvents)} events, ${bytes(hub.logBytes)}`);
    list.set('running for', `${duration(uptime)}, process ${pid}`);
  });
  return { subject: '/system/process', element: tile.element, show };
}
