// Controls (of C1 too, which are escape sequences in one character), lone surrogates, line separators, and what turns the
// direction of a text round or is not seen. The two joiners are letters' own and stay.
const hazards = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/**
 * Makes a foreign text safe for a terminal: a server must not move the cursor, change the title or hide a line.
 *
 * @param limit - characters after which the text is cut off.
 * @returns one line; hazardous characters are written as `\u001b`.
 */
export function visible(text: string, limit: number = Number.POSITIVE_INFINITY): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut.replace(hazards, escaped);
}

/**
 * Writes a value as JSON that is safe for a terminal and still the same JSON.
 *
 * @returns one line.
 */
export function visibleJson(value: unknown): string {
  return visible(JSON.stringify(value) ?? 'null');
}
