import type { IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from './asking.ts';
import { type ProxyName, proxies } from './remedies.ts';

// What each says of itself, in the answers that it passes on or in those of its own.
const inHeaders: Readonly<Record<ProxyName, RegExp>> = {
  nginx: /\b(?:nginx|openresty|tengine)\b/i,
  Apache: /\bapache\b/i,
  HAProxy: /\bhaproxy\b/i,
  Caddy: /\bcaddy\b/i,
  Varnish: /\bvarnish\b/i,
};
const inPages: Readonly<Partial<Record<ProxyName, RegExp>>> = {
  nginx: /<center>(?:nginx|openresty)\b/i,
  Apache: /<address>Apache\b|a request that this server could not understand/i,
  HAProxy:
    /Your browser sent an invalid request\.|No server is available to handle this request|The server didn't respond in time/i,
  Varnish: /Varnish cache server|Guru Meditation/i,
};

/**
 * Tells which proxies are on the way, by what they say of themselves.
 *
 * @returns none when nothing shows itself; there may still be some.
 */
export async function recognise(target: Target): Promise<ProxyName[]> {
  const said = target.seen.map(textOf);
  const byHeaders = proxies.filter((name) => said.some((text) => inHeaders[name].test(text)));
  if (byHeaders.length > 0 || target.seen.length === 0) return byHeaders;
  const pages = [...target.pages, await provoke(target)];
  return proxies.filter((name) => pages.some((page) => inPages[name]?.test(page)));
}

function textOf({ server, via, ...rest }: IncomingHttpHeaders): string {
  return [server, via, 'x-varnish' in rest ? 'varnish' : ''].join(' ');
}

const maxChars = 8192;

/** Has the first one on the way write an error page: its request is no HTTP, so nobody passes it on. */
function provoke({ url, stop }: Target): Promise<string> {
  return new Promise((resolve) => {
    const secure = url.protocol === 'https:';
    const place = {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || (secure ? 443 : 80)),
    };
    const socket: Socket = secure ? connectTls({ ...place, ALPNProtocols: ['http/1.1'] }) : connect(place);
    let text = '';
    const end = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(end, 2000);
    stop.addEventListener('abort', end);
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.length > maxChars) end();
    });
    socket.on('error', end);
    socket.on('close', end);
    socket.write(`GET / HTTP/1.1\r\nHost: ${url.host}\r\nthis is no header\r\n\r\n`);
  });
}
