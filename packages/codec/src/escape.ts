/** Writes one UTF-16 unit as `\uXXXX`. */
export function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Writes JSON text with nothing but printable ASCII, so that every format carries it. */
export function toAsciiJson(json: string): string {
  // Outside of strings JSON has no other characters but line breaks and tabs, which mean nothing there.
  return json.replace(/[\t\r\n]/g, ' ').replace(/[^ -~]/g, unicodeEscape);
}
