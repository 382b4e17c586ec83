import { itemEnvelope } from '../envelope.ts';
import type { Format } from '../format.ts';
import { ModernFormat } from '../modern-format.ts';

/** `ndjson`: one JSON object per line, each ended by LF. */
export const ndjsonFormat: Format = /* @__PURE__ */ new ModernFormat({
  name: 'ndjson',
  contentType: 'application/x-ndjson',
  item: (item) => `${itemEnvelope(item)}\n`,
  control: (_event, json) => `${json}\n`,
});
