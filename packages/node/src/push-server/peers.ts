import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestPeers } from '../peer.ts';
import { headerOf } from '../request.ts';
import type { PeerRules, PushPeer } from './request.ts';

/** Asks the rules of a push server about requests of node:http. What has no rule is left to the app behind. */
export function requestPeers({ address, host, secure }: PeerRules): RequestPeers {
  return {
    ...(address && { address: (request) => address(peerOf(request)) }),
    ...(host && { host: (request) => host(peerOf(request)) }),
    ...(secure && { secure: (request) => secure(peerOf(request)) }),
  };
}

function peerOf(request: IncomingMessage): PushPeer {
  return { native: request.socket as Socket, header: (name) => headerOf(request, name.toLowerCase()) };
}
