import { ClassicFormat } from '../classic-format.ts';
import type { Format } from '../format.ts';
import { isPlainName } from '../names.ts';

/**
 * `xml`: bare elements, which are not XML. The escape is the backslash, and `>` is written `&gt;`.
 *
 * A literal `&gt;` is written `\&gt;`, which shipped Java clients read correctly. They show a `>` as `&gt;`: this format cannot
 * send them a bare one.
 *
 * @remarks `control` throws an EncodeError `invalid-text` for NUL and lone surrogates. Follows Pushlet's EventParser.
 */
export const xmlFormat: Format = /* @__PURE__ */ new ClassicFormat({
  name: 'xml',
  contentType: 'text/plain;charset=UTF-8',
  streamable: true,
  separator: '',
  glue: '',
  close: '/>',
  illegal: /\0|\p{Cs}/gu,
  prologue: () => '',
  epilogue: () => '',
  open: () => '<event ',
  // The name ends at the `=`. The original's parser trims it and knows no escapes in it.
  carriesName: (name) => isPlainName(name),
  field: (name, value) => `${name}="${value.replace(special, escapeCharacter)}" `,
});

const special = /["\\>]|&(?=gt;)/g;

function escapeCharacter(character: string): string {
  return character === '>' ? '&gt;' : `\\${character}`;
}
