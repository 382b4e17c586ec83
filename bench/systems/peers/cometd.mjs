// The Node server of CometD: long-polling.
import { createServer } from 'node:http';
import { listen, post } from '../shared.mjs';

const cookie = 'Cookie: BAYEUX_BROWSER=<<browser>>\r\n';
const send = (message, headers = '') => post('/', JSON.stringify([message]), undefined, headers);
const clientId = '<<id>>';

const client = {
  steps: [
    {
      text: send({ channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'] }),
      captures: [
        ['id', '"clientId":"', '"'],
        ['browser', 'BAYEUX_BROWSER=', ';'],
      ],
    },
    { text: send({ channel: '/meta/subscribe', clientId, subscription: '/bench/<<s>>' }, cookie) },
    {
      text: send(
        { channel: '/meta/connect', clientId, connectionType: 'long-polling', advice: { timeout: 0 } },
        cookie,
      ),
    },
    { text: send({ channel: '/meta/connect', clientId, connectionType: 'long-polling' }, cookie) },
  ],
  repeat: true,
};

/** Starts the server. */
export async function start() {
  const { default: cometd } = await import(/** @type {string} */ ('cometd-nodejs-server'));
  const bayeux = cometd.createCometDServer({ timeout: 60_000 });
  const channels = new Map();
  return {
    port: await listen(createServer(bayeux.handle)),
    client,
    publish(subject, data) {
      if (!channels.has(subject)) channels.set(subject, bayeux.createServerChannel(`/bench/${subject}`));
      channels.get(subject).publish(null, data);
    },
  };
}
