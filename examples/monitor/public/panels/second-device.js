import { byId, el, setText } from '../lib/dom.js';

/** Where another device finds this page: as a code to scan where it can reach the server, else how to let it. */
export function secondDevice(address) {
  if (address === undefined) return;
  const code = el('img', { src: '/api/second-device.svg', width: '148', height: '148' });
  code.alt = `QR code of ${address}`;
  setText(byId('second-device'), `On a second device: ${address}`);
  byId('second-device').prepend(code);
}
