import { ClassicFormat } from '../classic-format.ts';
import { EncodeError } from '../errors.ts';
import { unicodeEscape } from '../escape.ts';
import type { ControlEvent } from '../fields.ts';
import type { Format, ResponseContext } from '../format.ts';

const head =
  '<html><head><meta http-equiv="Pragma" content="no-cache">' +
  '<meta http-equiv="Expires" content="Tue, 31 Dec 1997 23:59:59 GMT"></head><body>\n';
const preamble = ' var url=" "; \nfunction refresh() { document.location.href=url; }';

/**
 * `js`: an HTML page that calls `parent.push(…)` in one script element per event.
 *
 * A `refresh` is not pushed: it makes the page navigate after `p_wait` milliseconds. Every script has the response's nonce, and
 * none evaluates text, so that the page can have a strict Content-Security-Policy.
 *
 * @remarks `control` throws an EncodeError `missing-field` for a `refresh` without `url` or `waitMs`, and `invalid-url` for a `url`
 *   that is not a path.
 */
export const jsFormat: Format = /* @__PURE__ */ new ClassicFormat({
  name: 'js',
  contentType: 'text/html;charset=UTF-8',
  streamable: true,
  separator: '',
  glue: ',',
  close: ');</script>',
  illegal: undefined,
  prologue: (context) => `${head}${scriptTag(context)}${preamble}</script>`,
  epilogue: () => '</body></html>',
  open: (context) => `${scriptTag(context)}parent.push(`,
  carriesName: () => true,
  field: (name, value) => `'${escapeLiteral(name)}', "${escapeLiteral(value)}"`,
  special: (event, context) => (event.event === 'refresh' ? refreshScript(event, context) : undefined),
});

function scriptTag({ nonce }: ResponseContext): string {
  if (nonce === undefined) return '<script language="JavaScript">';
  if (!/^[A-Za-z0-9+/_=-]{1,128}$/.test(nonce))
    throw new TypeError('nonce must be base64 text of 1 to 128 characters');
  return `<script language="JavaScript" nonce="${nonce}">`;
}

// Everything that could end the literal, the line or the script element and so inject script, and what UTF-8 cannot carry.
const special = /["'\\<>&\u2028\u2029\p{Cc}\p{Cs}]/gu;

function escapeLiteral(text: string): string {
  return text.replace(special, unicodeEscape);
}

function refreshScript(event: ControlEvent, context: ResponseContext): string {
  const url = fieldOf(event, 'url');
  const wait = Number(fieldOf(event, 'waitMs'));
  // The page navigates by itself: `javascript:` would run, and `//host` would leave the site.
  if (typeof url !== 'string' || !/^\/(?![/\\])/.test(url))
    throw new EncodeError('invalid-url', { field: 'url' });
  if (!Number.isSafeInteger(wait) || wait < 0) throw new EncodeError('invalid-number', { field: 'waitMs' });
  return `\n${scriptTag(context)}url='${escapeLiteral(url)}';\n setTimeout(refresh, ${wait});\n</script>`;
}

function fieldOf(event: ControlEvent, name: string): string | number {
  const field = event.fields.find((candidate) => candidate[0] === name);
  if (field === undefined) throw new EncodeError('missing-field', { field: name });
  return field[1];
}
