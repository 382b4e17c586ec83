/**
 * CometKit over plain sockets: XML and JSON lines over TCP and TLS, datagrams over UDP, multicast groups.
 *
 * @packageDocumentation
 */
export { createDatagramServer } from './datagram-server.ts';
export type { DatagramOptions, MulticastGroup, XmlSocketOptions } from './options.ts';
export type { PolicyRule } from './policy.ts';
export { createPolicyServer } from './policy-server.ts';
export type { SocketServer } from './socket-server.ts';
export { createXmlSocketServer } from './xml-socket-server.ts';
