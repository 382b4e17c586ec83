/**
 * For authors of adapters on top of fetch: the rules of the options.
 *
 * @packageDocumentation
 */
export { hubRules } from '@cometkit/core';
export { handlerRules, systemRuntime } from '@cometkit/handler';
export type { RequestInfo } from './to-http-request.ts';
