import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DefaultTheme } from 'vitepress';

type Item = DefaultTheme.SidebarItem;

const page = (text: string, link: string): Item => ({ text, link });

export const nav: DefaultTheme.NavItem[] = [
  { text: 'Start', link: '/getting-started', activeMatch: '/getting-started|/transports|/compare' },
  { text: 'Protocol', link: '/protocol' },
  { text: 'API', link: '/api/', activeMatch: '/api/' },
  { text: 'Benchmarks', link: '/benchmarks/' },
];

/** The groups of the documentation. A page that is in none of them fails the link check. */
export function sidebar(): Item[] {
  return [
    {
      text: 'Start',
      items: [
        page('Getting started', '/getting-started'),
        page('Templates', '/guides/templates'),
        page('Which transport when', '/transports'),
        page('Compare', '/compare'),
      ],
    },
    {
      text: 'Use',
      items: [
        page('The client', '/guides/client'),
        page('Authentication', '/guides/authentication'),
        page('The server listens and answers', '/guides/conversation'),
        page('Streams', '/guides/streams'),
        page('TypeScript', '/guides/typescript'),
        page('The command line', '/guides/command-line'),
        page('Devtools', '/guides/devtools'),
        page('Who is there', '/guides/presence'),
        page('Publish from elsewhere', '/guides/publish-from-elsewhere'),
        page('WebSocket', '/guides/websocket'),
        page('TCP, UDP, multicast', '/guides/sockets'),
        page('The core without HTTP', '/guides/custom-server'),
        page('Testing', '/guides/testing'),
        ...otherGuides(),
      ],
    },
    {
      text: 'Frameworks',
      items: [
        page('Express', '/guides/express'),
        page('Next.js', '/guides/nextjs'),
        page('Next.js, own server', '/guides/custom-next-server'),
        page('Hono, Bun, Deno', '/guides/hono'),
        page('Fastify', '/guides/fastify'),
        page('Koa', '/guides/koa'),
        page('Polka', '/guides/polka'),
      ],
    },
    {
      text: 'Production',
      items: [
        page('Production', '/guides/production'),
        page('Many nodes', '/guides/scale-out'),
        page('Proxies', '/guides/proxies'),
        page('Limits', '/guides/limits'),
        page('Security', '/security'),
        page('Support policy', '/support'),
        page('TLS and HTTP/2', '/guides/tls'),
        page('The push server', '/guides/push-server'),
        page('Metrics', '/guides/metrics'),
        page('OpenTelemetry', '/guides/opentelemetry'),
        page('The inspector', '/guides/inspector'),
        page('Performance', '/guides/performance'),
        page('Troubleshooting', '/troubleshooting'),
      ],
    },
    {
      text: 'Migrate',
      items: [
        page('To CometKit', '/migrate'),
        page('From Socket.IO', '/guides/from-socket-io'),
        page('From EventSource, better-sse', '/guides/from-eventsource'),
        page('From Pusher, Ably, Centrifugo', '/guides/from-pusher-ably-centrifugo'),
      ],
    },
    {
      text: 'How it works',
      items: [
        page('How delivery works', '/how-delivery-works'),
        page('Delivery, in full', '/delivery'),
        page('Architecture', '/architecture'),
        page('Benchmarks', '/benchmarks/'),
        { ...page('Decisions', '/decisions/'), collapsed: true, items: decisions() },
      ],
    },
    {
      text: 'Reference',
      items: [
        page('Protocol', '/protocol'),
        page('Errors', '/errors'),
        page('Words', '/words'),
        { ...page('API', '/api/'), collapsed: true, items: packages() },
      ],
    },
  ];
}

/** Guides that no group names yet, so that a new one is found at once. */
function otherGuides(): Item[] {
  const config = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  return filesIn('guides')
    .map((file) => file.replace(/\.md$/, ''))
    .filter((name) => !config.includes(`'/guides/${name}'`))
    .map((name) => page(headingOf(`guides/${name}.md`), `/guides/${name}`));
}

/** The first heading of a page, as plain text. */
function headingOf(file: string): string {
  const text = readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');
  return (/^# (.+)$/m.exec(text)?.[1] ?? file).replaceAll('`', '');
}

function filesIn(folder: string): string[] {
  const path = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  return existsSync(path) ? readdirSync(path).sort() : [];
}

function decisions(): Item[] {
  return filesIn('decisions')
    .filter((file) => /^\d{4}-/.test(file))
    .map((file) => page(headingOf(`decisions/${file}`), `/decisions/${file.replace(/\.md$/, '')}`));
}

/** A package with one entry point is a file, one with several a folder. */
function packages(): Item[] {
  return filesIn('api')
    .filter((name) => !/^readme\.md$|^_|^\./.test(name))
    .map((name) => {
      const folder = name.replace(/\.md$/, '');
      const text = /^(?:create-)?cometkit$/.test(folder) ? folder : `@cometkit/${folder}`;
      return page(text, name.endsWith('.md') ? `/api/${folder}` : `/api/${folder}/`);
    });
}
