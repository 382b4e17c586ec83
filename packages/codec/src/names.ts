// [spec] XML 1.0 §2.3, NameStartChar and NameChar. Without the colon, which would need a declared namespace.
const start =
  'A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f' +
  '\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}';
const rest = `${start}.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040-`;

/** Matches the longest XML name at `lastIndex` (sticky). Callers refuse names longer than 64 UTF-16 units. */
export const xmlName: RegExp = new RegExp(`[${start}][${rest}]*`, 'yu');

/** Matches what the original's parser accepts as a name: everything up to the `=` and the blanks before it. */
export const plainName: RegExp = /[^\s=<>"'/\\](?:[^=<>"'/\\]*[^\s=<>"'/\\])?/y;

/** Returns whether XML can hold the text as the name of an attribute. */
export function isXmlName(text: string): boolean {
  return isWhole(xmlName, text);
}

/** Returns whether the format `xml` can hold the text as the name of a field. */
export function isPlainName(text: string): boolean {
  return isWhole(plainName, text);
}

function isWhole(name: RegExp, text: string): boolean {
  name.lastIndex = 0;
  return name.test(text) && name.lastIndex === text.length;
}
