import { ClassicFormat } from '../classic-format.ts';
import { unicodeEscape } from '../escape.ts';
import type { Format } from '../format.ts';

/**
 * `json`: one array of flat objects of text per response, with the same blanks and escapes as the fork of Pushlet that
 * introduced it.
 *
 * @remarks Served as `application/json`: as HTML, a browser could be made to navigate to it and run it.
 */
export const jsonFormat: Format = /* @__PURE__ */ new ClassicFormat({
  name: 'json',
  contentType: 'application/json',
  streamable: false,
  separator: ',',
  glue: ',',
  close: ' }',
  illegal: undefined,
  prologue: () => '[',
  epilogue: () => ']',
  open: () => '{ ',
  carriesName: () => true,
  field: (name, value) => `"${escapeText(name)}": "${escapeText(value)}" `,
});

const special = /["\\\u2000-\u20ff\p{Cs}]|(?!\x7f)\p{Cc}|(?<=<)\//gu;

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['/', '\\/'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\f', '\\f'],
  ['\r', '\\r'],
]);

function escapeText(text: string): string {
  return text.replace(special, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return shortEscapes.get(character) ?? unicodeEscape(character);
}
