/** Writes one UTF-16 unit as `\uXXXX`. */
export function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Rewrites JSON text in printable ASCII, so that every format can carry it. */
export function toAsciiJson(json: string): string {
  // Line breaks and tabs only occur between tokens, where they mean no more than a blank.
  return json.replace(/[\t\r\n]/g, ' ').replace(/[^ -~]/g, unicodeEscape);
}
