import { el } from '../lib/dom.js';
import { frame, rows } from './frame.js';

const ORDER = ['temperature', 'voltage', 'fan', 'power'];
const DIGITS = { '°C': 0, V: 2, rpm: 0, W: 1 };

/** Temperatures, voltages, fans and power. */
export function sensors() {
  const tile = frame('Sensors');
  const lists = new Map();

  function listOf(kind) {
    if (!lists.has(kind)) {
      lists.set(kind, rows());
      tile.body.append(el('h4', {}, kind), lists.get(kind).element);
    }
    return lists.get(kind);
  }

  const show = tile.show(({ readings }) => {
    const hottest = Math.max(...readings.filter((entry) => entry.unit === '°C').map((entry) => entry.value));
    tile.headline(Number.isFinite(hottest) ? `${hottest.toFixed(0)} °C` : `${readings.length} readings`);
    const sorted = readings.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    for (const { kind, name, value, unit } of sorted) {
      listOf(kind).set(name, `${value.toFixed(DIGITS[unit] ?? 1)} ${unit}`);
    }
  });
  return { subject: '/system/sensors', element: tile.element, show };
}
