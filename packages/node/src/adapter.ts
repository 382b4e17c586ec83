/**
 * For authors of adapters on top of `node:http`: the rules of the options, and what a mount needs.
 *
 * @packageDocumentation
 */
export { hubRules } from '@cometkit/core';
export { type Handler, handlerRules, splitUrl, systemRuntime } from '@cometkit/handler';
