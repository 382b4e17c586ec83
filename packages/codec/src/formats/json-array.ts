import { itemEnvelope } from '../envelope.ts';
import type { Format } from '../format.ts';
import { ModernFormat } from '../modern-format.ts';

/** `json-array`: the objects of `ndjson` as one JSON array, for responses that end. */
export const jsonArrayFormat: Format = /* @__PURE__ */ new ModernFormat({
  name: 'json-array',
  contentType: 'application/json',
  prologue: '[',
  separator: ',\n',
  epilogue: ']\n',
  streamable: false,
  item: itemEnvelope,
  control: (_event, json) => json,
});
