import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refusals } from '../../packages/handler/src/refusals.ts';
import { documents, textOf } from './blocks.ts';

const [server = '', client = ''] = textOf('docs/errors.md').split('## What the client says');
const headings = (text: string) => [...text.matchAll(/^### (\S+)$/gm)].map(([, code]) => code ?? '');

/** The codes of the client, which are a type only. */
function clientCodes(): string[] {
  const source = readFileSync(new URL('../../packages/client/src/errors.ts', import.meta.url), 'utf8');
  const [, union = ''] = /type ClientErrorCode =([^;]+);/.exec(source) ?? [];
  return [...union.matchAll(/'([\w-]+)'/g)].map(([, code]) => code ?? '');
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

describe('docs/errors.md', () => {
  it('has one heading for each code of the server, in the order of the alphabet', () => {
    expect(headings(server)).toEqual(Object.keys(refusals).sort());
  });

  it.each(Object.entries(refusals))('names the status of %s', (code, { status }) => {
    const [, section = ''] = server.split(`### ${code}\n`);
    expect(section.trim()).toMatch(new RegExp(`^Status ${code === 'unknown-session' ? 410 : status}\\b`));
  });

  it('has one heading for each code of the client, but for those of the server', () => {
    const own = clientCodes().filter((code) => !(code in refusals));
    expect(own.length).toBeGreaterThan(10);
    expect(headings(client)).toEqual(own.sort());
  });
});

describe('the terms in docs/words.md', () => {
  it('are in the order of the alphabet, each once and in one line', () => {
    const lines = textOf('docs/words.md')
      .split('\n')
      .filter((line) => line.startsWith('- '));
    const terms = lines.map((line) => /^- \*\*([^*]+)\*\*: /.exec(line)?.[1] ?? line);
    expect(terms).toEqual([...new Set(terms)].sort());
    expect(terms).toContain('subject');
  });
});

describe('a link to a part of a document', () => {
  const anchors = new Map(
    documents().map((document) => [
      document,
      new Set([...textOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? ''))),
    ]),
  );

  it.each(documents())('leads to a heading that exists, from %s', (document) => {
    const broken = [...textOf(document).matchAll(/\]\(([\w./-]*)#([\w-]+)\)/g)].filter(
      ([, path = '', anchor = '']) => {
        const target = path === '' ? document : new URL(path, `file:///${document}`).pathname.slice(1);
        return anchors.get(target)?.has(anchor) === false;
      },
    );
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
