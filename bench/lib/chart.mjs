// A bar chart as SVG, readable on light and dark pages, out of nothing but numbers.
import { format } from './table.mjs';

const [width, left, right, bar, gap, top] = [760, 190, 130, 18, 8, 46];
const escapeXml = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const style = `text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.quiet{fill:#6e7781}
.limits{fill:#8c959f}.ours{fill:#1f883d}.peers{fill:#0969da}.mark{stroke:#cf222e;stroke-dasharray:4 3}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}}`;

function oneBar({ name, group, value, unit, faults }, at, scale) {
  const y = top + at * (bar + gap);
  const length = Math.max(1, value * scale);
  const label = `${format(value)} ${unit}${faults ? ' (!)' : ''}`;
  return (
    `<text x="${left - 8}" y="${y + 14}" text-anchor="end">${escapeXml(name)}</text>` +
    `<rect class="${group}" x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar}" rx="2"/>` +
    `<text x="${(left + length + 6).toFixed(1)}" y="${y + 14}">${escapeXml(label)}</text>`
  );
}

/**
 * Draws one figure of several systems.
 *
 * Shape: `bars` are `{ name, group, value, unit }` in the order shown; `limit` is the value that a dashed line stands at.
 */
export function toChart({ title, note, bars, limit }) {
  const scale = (width - left - right) / Math.max(...bars.map(({ value }) => value));
  const height = top + bars.length * (bar + gap) + 10;
  const x = limit === undefined ? undefined : (left + limit * scale).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title><style>${style}</style>`,
    `<text class="title" x="8" y="18">${escapeXml(title)}</text>`,
    `<text class="quiet" x="8" y="36">${escapeXml(note)}</text>`,
    ...bars.map((one, at) => oneBar(one, at, scale)),
    ...(x === undefined
      ? []
      : [`<line class="mark" x1="${x}" x2="${x}" y1="${top - 4}" y2="${height - 8}"/>`]),
    '</svg>\n',
  ].join('\n');
}
