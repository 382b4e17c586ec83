import type { Format } from '../format.ts';
import { ModernFormat } from '../modern-format.ts';

/** `ndjson`: one JSON object per line, every line ended by LF. */
export const ndjsonFormat: Format = /* @__PURE__ */ new ModernFormat({
  name: 'ndjson',
  contentType: 'application/x-ndjson',
  prologue: '',
  item: (_item, json) => `${json}\n`,
  control: (_event, json) => `${json}\n`,
});
