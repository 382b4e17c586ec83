import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** One file of the page. */
export interface PageFile {
  readonly type: string;
  read(): Buffer;
}

const ofPage = (name: string, type: string): PageFile => ({
  type: `${type}; charset=utf-8`,
  read: () => readFileSync(new URL(`../src/page/${name}`, import.meta.url)),
});

/** The files of the page, by their names below its address. The page itself has the empty name. */
export const pageFiles: ReadonlyMap<string, PageFile> = new Map([
  ['', ofPage('index.html', 'text/html')],
  ['inspector.css', ofPage('inspector.css', 'text/css')],
  ...['inspector.js', 'parts.js', 'drain.js'].map((name): [string, PageFile] => [
    name,
    ofPage(name, 'text/javascript'),
  ]),
  [
    'cometkit.js',
    {
      type: 'text/javascript; charset=utf-8',
      read: () => readFileSync(createRequire(import.meta.url).resolve('@cometkit/client/browser')),
    },
  ],
]);
