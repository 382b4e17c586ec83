import { chart } from '../lib/chart.js';
import { el, setText } from '../lib/dom.js';
import { bytes, rate } from '../lib/format.js';
import { Series } from '../lib/series.js';
import { bar, frame, HISTORY, legend } from './frame.js';

/** How fast the disks read and write, and how full the file systems are. */
export function disk() {
  const tile = frame('Disk');
  const [reading, writing] = [new Series(HISTORY), new Series(HISTORY)];
  const lines = [
    { series: reading, color: '--accent' },
    { series: writing, color: '--warm' },
  ];
  const curve = chart(lines, { floor: 1024, label: 'Disk traffic, bytes per second' });
  const io = el(
    'div',
    {},
    curve.element,
    legend([
      ['read', 'accent'],
      ['written', 'warm'],
    ]),
  );
  const volumes = volumeList();
  tile.body.append(io, volumes.element);

  const show = tile.show((data) => {
    io.hidden = data.io === undefined;
    if (data.io) {
      reading.push(data.io.reading);
      writing.push(data.io.writing);
      curve.update();
    }
    tile.headline(data.io ? rate(data.io.reading + data.io.writing) : `${data.volumes.length} volumes`);
    for (const volume of data.volumes) volumes.set(volume);
  });
  return { subject: '/system/disk', element: tile.element, show };
}

function volumeList() {
  const element = el('ul.volumes');
  const known = new Map();
  return {
    element,
    set(volume) {
      if (!known.has(volume.mount)) known.set(volume.mount, addVolume(element, volume.mount));
      known.get(volume.mount)(volume);
    },
  };
}

function addVolume(list, mount) {
  const [share, text] = [bar(), el('span')];
  list.append(el('li', {}, el('p', {}, el('b', {}, mount), text), share.element));
  return ({ used, available }) => {
    // As df counts: what only root may still fill is neither used nor available.
    share.set(used / (used + available));
    setText(text, `${bytes(available)} free of ${bytes(used + available)}`);
  };
}
