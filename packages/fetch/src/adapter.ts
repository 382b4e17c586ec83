/**
 * For authors of adapters on top of fetch: the rules of the options.
 *
 * @packageDocumentation
 */
export type { SubjectMap, UnknownSubjects } from '@cometkit/core';
export { closeRules, handlerRules, hubRules, type Logger, systemRuntime } from '@cometkit/handler';
export type { RequestInfo } from './to-http-request.ts';
