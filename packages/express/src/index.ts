/**
 * CometKit as Express and Connect middleware.
 *
 * @packageDocumentation
 */
export * from '@cometkit/node';
export {
  type Comet,
  type CometOptions,
  comet,
  type Middleware,
  type Mount,
} from './comet.ts';
