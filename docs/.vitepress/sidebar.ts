import { existsSync, readdirSync } from 'node:fs';
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
      items: [page('Getting started', '/getting-started')],
    },
    {
      text: 'Use',
      items: [
        page('The client', '/guides/client'),
        page('WebSocket', '/guides/websocket'),
        page('TCP, UDP, multicast', '/guides/sockets'),
        page('The core without HTTP', '/guides/custom-server'),
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
        page('Security', '/security'),
        page('TLS and HTTP/2', '/guides/tls'),
        page('The push server', '/guides/push-server'),
        page('Metrics', '/guides/metrics'),
        page('Performance', '/guides/performance'),
      ],
    },
    {
      text: 'How it works',
      items: [
        page('Delivery', '/delivery'),
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

function filesIn(folder: string): string[] {
  const path = fileURLToPath(new URL(`../${folder}`, import.meta.url));
  return existsSync(path) ? readdirSync(path).sort() : [];
}

function decisions(): Item[] {
  return filesIn('decisions')
    .filter((file) => /^\d{4}-/.test(file))
    .map((file) => {
      const name = file.replace(/\.md$/, '');
      return page(name.replace(/^0*(\d+)-/, '$1 ').replaceAll('-', ' '), `/decisions/${name}`);
    });
}

/** A package with one entry point is a file, one with several a folder. */
function packages(): Item[] {
  return filesIn('api')
    .filter((name) => !/^readme\.md$|^_|^\./.test(name))
    .map((name) => {
      const text = name.replace(/\.md$/, '');
      return page(text, name.endsWith('.md') ? `/api/${text}` : `/api/${text}/`);
    });
}
