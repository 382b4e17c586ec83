/**
 * The same sessions over WebSocket.
 *
 * @packageDocumentation
 */
export * from '@cometkit/websocket';
