import type { CometErrorCode } from '@cometkit/core';

/**
 * How an error is sent: as an HTTP status, as a `nack` in a 200 once it is known who asked, or as an `abort` because
 * the server shuts down.
 */
type Refusal =
  | { readonly how: 'status'; readonly status: number }
  | { readonly how: 'nack'; readonly status: number }
  | { readonly how: 'abort'; readonly status: number };

const status = (code: number): Refusal => ({ how: 'status', status: code });
const nack = (code: number): Refusal => ({ how: 'nack', status: code });

/** How each error is sent, by its code. The status of a nack is used where a nack cannot be sent. */
export const refusals: Readonly<Record<CometErrorCode, Refusal>> = {
  'unknown-session': status(400),
  'unknown-format': status(400),
  'malformed-request': status(400),
  'body-too-large': status(413),
  'forbidden-origin': status(403),
  internal: status(500),
  'missing-field': nack(400),
  'invalid-field': nack(400),
  'reserved-field': nack(400),
  'unknown-command': nack(400),
  'unknown-mode': nack(400),
  'unknown-subscription': nack(400),
  'invalid-subject': nack(400),
  'invalid-pattern': nack(400),
  'invalid-label': nack(400),
  'invalid-cursor': nack(400),
  'invalid-data': nack(400),
  'event-too-large': nack(400),
  'not-authorized': nack(403),
  'too-many-sessions': nack(503),
  'too-many-subscriptions': nack(400),
  // Not 404, which anything on the way may say, so that clients try again.
  'no-handler': nack(400),
  'too-busy': nack(503),
  uncertain: nack(503),
  'hub-closed': { how: 'abort', status: 503 },
};
