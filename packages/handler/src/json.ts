import type { JsonValue } from '@cometkit/core';
import { CometError } from '@cometkit/core';

const maxDepth = 32;

/**
 * Parses JSON text that nests at most 32 levels deep.
 *
 * @throws {CometError} `malformed-request` — the text is not JSON, or nests deeper.
 */
export function parseJson(text: string): JsonValue {
  if (depthOf(text) > maxDepth) throw malformed('the body nests too deep');
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw malformed('the body is not JSON', cause);
  }
}

/**
 * Checks that a parsed value is JSON of bounded depth.
 *
 * @returns the value.
 * @throws {CometError} `malformed-request` — it is not.
 */
export function checkJson(value: unknown): JsonValue {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw malformed('the body nests too deep');
    const next: unknown[] = [];
    for (const member of level) addMembers(member, next);
    level = next;
  }
  return value as JsonValue;
}

/** True for an object that is not an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function addMembers(value: unknown, into: unknown[]): void {
  if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) into.push(member);
  else if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    throw malformed('the body holds what JSON does not');
  }
}

// Counted before parsing, so that hostile input cannot make the parser recurse deeply.
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (quoted) {
      if (unit === 0x5c) index += 1;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) quoted = true;
    else if (unit === 0x7b || unit === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (unit === 0x7d || unit === 0x5d) depth -= 1;
  }
  return deepest;
}

function malformed(reason: string, cause?: unknown): CometError {
  return new CometError('malformed-request', reason, { reason: 'json' }, { cause });
}
