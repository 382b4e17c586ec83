import type { Format, FormatName } from './format.ts';
import { jsFormat } from './formats/js.ts';
import { jsonFormat } from './formats/json.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { sseFormat } from './formats/sse.ts';
import { xmlFormat } from './formats/xml.ts';
import { xmlStrictFormat } from './formats/xml-strict.ts';

/** Every format by the name that a client asks for. */
export const formats: ReadonlyMap<FormatName, Format> = /* @__PURE__ */ new Map(
  [jsFormat, xmlFormat, xmlStrictFormat, jsonFormat, ndjsonFormat, sseFormat].map((format) => [
    format.name,
    format,
  ]),
);

/** Finds a format by what a client sent. Shape: undefined when there is none of that name. */
export function formatOf(name: string): Format | undefined {
  return (formats as ReadonlyMap<string, Format>).get(name);
}
