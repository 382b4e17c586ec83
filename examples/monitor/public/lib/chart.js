import { el } from './dom.js';

/** Charts that want to be painted; one animation frame paints them all, and none while the tab is hidden. */
const dirty = new Set();

/**
 * A small chart of one or more series on a canvas, newest at the right edge.
 *
 * @param {{series: import('./series.js').Series, color: string}[]} lines colours are names of CSS variables
 * @param {{max?: number, floor?: number, label: string}} options `max` fixes the top; else it follows the
 *   values and never goes below `floor`
 */
export function chart(lines, options) {
  const canvas = el('canvas.chart', { role: 'img', 'aria-label': options.label });
  const paintIt = () => paint(canvas, lines, options);
  new ResizeObserver(() => schedule(paintIt)).observe(canvas);
  return { element: canvas, update: () => schedule(paintIt) };
}

function schedule(paintIt) {
  if (dirty.size === 0) requestAnimationFrame(paintAll);
  dirty.add(paintIt);
}

function paintAll() {
  const waiting = [...dirty];
  dirty.clear();
  for (const paintIt of waiting) paintIt();
}

function paint(canvas, lines, { max, floor = 1 }) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0) return;
  const context = prepare(canvas, width, height);
  const top = max ?? Math.max(floor, ...lines.map((line) => line.series.max)) * 1.1;
  const style = getComputedStyle(canvas);
  for (const { series, color } of lines) {
    drawLine(context, pointsOf(series, width, height, top), height, style.getPropertyValue(color));
  }
}

/** A canvas counts in device pixels; we count in CSS pixels. */
function prepare(canvas, width, height) {
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function pointsOf(series, width, height, top) {
  const step = width / (series.capacity - 1);
  const start = width - (series.values.length - 1) * step;
  return series.values.map((value, index) => {
    const share = Math.min(1, Math.max(0, value / top));
    return [start + index * step, height - 1 - share * (height - 2)];
  });
}

function drawLine(context, points, height, color) {
  if (points.length < 2) return;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.strokeStyle = color;
  context.lineWidth = 1.4;
  context.lineJoin = 'round';
  context.stroke();
  context.lineTo(points.at(-1)[0], height);
  context.lineTo(points[0][0], height);
  context.globalAlpha = 0.14;
  context.fillStyle = color;
  context.fill();
  context.globalAlpha = 1;
}
