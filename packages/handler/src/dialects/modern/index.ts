import { type Format, ndjsonFormat } from '@cometkit/codec';
import { CometError } from '@cometkit/core';
import type { Mode } from '../../wire-names.ts';
import type { Dialect } from '../dialect.ts';
import { formatOf } from './negotiation.ts';
import { dataOf, fieldsOf } from './read.ts';

/**
 * The dialect of everything newer than the original protocol: plain names, and `Accept` decides the format of answers.
 */
export const modern: Dialect = {
  name: 'modern',
  hasRequests: true,
  defaultFormat: () => ndjsonFormat,
  nameOf: (field) => field,
  read: (raw, head) => ({ dialect: modern, fields: fieldsOf(raw, head), data: () => dataOf(raw) }),
  checkSyntax: () => undefined,
  formatOf,
  modeOf,
};

function modeOf(asked: Mode | undefined, format: Format): Mode {
  if (asked === 'stream' && !format.streamable)
    throw new CometError('unknown-mode', 'a stream is sse or ndjson: json is for long-poll and poll', {});
  return asked ?? (format.streamable ? 'stream' : 'long-poll');
}
