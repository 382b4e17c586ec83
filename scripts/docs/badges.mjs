// Draws the badges of README.md from what the manifests say: node scripts/docs/badges.mjs. test/docs/badges.test.ts holds them to it, and
// `npm run size` holds the client to its budget.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packages, root } from '../workspace.mjs';

const folder = join(root, 'docs/images/badges');
// How wide a character of 11 px is reckoned; textLength makes it so in every font.
const charWidth = 6.4;

/** The badges, by the names of their files. */
export function badges() {
  const { license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const all = packages();
  const [{ maxGzipBytes }] = all.find(({ folder: name }) => name === 'client')?.manifest.budgets ?? [];
  const typed = all.filter(({ manifest }) => JSON.stringify(manifest.exports ?? {}).includes('"types"'));
  return {
    'node.svg': badge('Node', engines.node.replace(/>=(\d+\.\d+)\.0/, '$1 or later')),
    'types.svg': badge(
      'types',
      typed.length === all.length ? 'in every package' : `in ${typed.length} of ${all.length} packages`,
    ),
    'client.svg': badge('client for pages', `at most ${(maxGzipBytes / 1000).toFixed(1)} kB gzip`),
    'licence.svg': badge('licence', license),
  };
}

function badge(name, value) {
  const [left, right] = [name, value].map((text) => Math.round(text.length * charWidth + 14));
  const text = (words, x, width) =>
    `<text x="${x}" y="14" textLength="${width - 14}" lengthAdjust="spacingAndGlyphs">${words}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${name}: ${value}">
<clipPath id="c"><rect width="${left + right}" height="20" rx="4"/></clipPath>
<g clip-path="url(#c)"><rect width="${left}" height="20" fill="#3b4654"/><rect x="${left}" width="${right}" height="20" fill="#0a6e60"/></g>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(name, 7, left)}${text(value, left + 7, right)}</g>
</svg>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(folder, { recursive: true });
  for (const [file, svg] of Object.entries(badges())) writeFileSync(join(folder, file), svg);
}
