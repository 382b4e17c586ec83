/**
 * CometKit over WebSocket, on the server that you have.
 *
 * @packageDocumentation
 */
export { attachWebSocket, type WebSocketAttachment } from './attach.ts';
export type { WebSocketOptions } from './options.ts';
export type { UpgradeServer } from './upgrade-router.ts';
