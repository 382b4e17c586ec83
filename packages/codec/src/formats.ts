import type { Format, FormatName } from './format.ts';
import { jsFormat } from './formats/js.ts';
import { jsonFormat } from './formats/json.ts';
import { jsonArrayFormat } from './formats/json-array.ts';
import { ndjsonFormat } from './formats/ndjson.ts';
import { sseEnvelopeFormat, sseFormat, sseSubjectFormat } from './formats/sse.ts';
import { xmlFormat } from './formats/xml.ts';
import { xmlStrictFormat } from './formats/xml-strict.ts';

/** The formats of the original protocol, by the name that `p_format` gives them. */
export const classicFormats: ReadonlyMap<FormatName, Format> = /* @__PURE__ */ byName([
  jsFormat,
  xmlFormat,
  xmlStrictFormat,
  jsonFormat,
]);

/** The modern formats by their names. */
export const modernFormats: ReadonlyMap<FormatName, Format> = /* @__PURE__ */ byName([
  ndjsonFormat,
  sseFormat,
  sseSubjectFormat,
  sseEnvelopeFormat,
  jsonArrayFormat,
]);

function byName(formats: readonly Format[]): ReadonlyMap<FormatName, Format> {
  return new Map(formats.map((format) => [format.name, format]));
}
