import { block } from '../docs/blocks.ts';
import { probes } from './probes.ts';

/** What a new Next app has, and what the tests need beside the files of the guides. */
export const frame: ReadonlyMap<string, string> = new Map([
  ['package.json', '{ "private": true, "type": "module" }'],
  ['app/layout.tsx', 'export default ({ children }: any) => <html><body>{children}</body></html>;'],
  ['next.config.ts', "export default { cacheComponents: process.env['CACHE_COMPONENTS'] === '1' };"],
  ['watch-build.cjs', probes.watchBuild],
  ['app/stats/route.ts', probes.stats],
  ['app/contract/route.ts', probes.contract],
  ['lib/label.ts', "export const label = 'first';"],
  [
    'app/label/route.ts',
    `import { publish } from '@cometkit/next';
    import { label } from '../../lib/label';
    export async function POST() {
      publish('/orders', { id: Math.random(), text: label });
      return new Response(label, { status: 202 });
    }`,
  ],
]);

const guide = 'docs/guides/nextjs.md';
/** Blocks of the guide that name no file: put where the tests can reach them. */
export const fragments: ReadonlyMap<string, string> = new Map([
  ['lib/fragment.ts', block(guide, 'import { getHub, publish }').text],
  [
    'app/fragment/route.ts',
    `export async function POST() {
      await import('../../lib/fragment');
      return new Response(null, { status: 202 });
    }`,
  ],
  ['app/answers/[id]/route.ts', block('docs/guides/streams.md', 'app/answers/[id]/route.ts').text],
  ['app/guarded/route.ts', block(guide, 'import { createRouteHandlers } from').text],
  [
    'app/guarded/your-auth.ts',
    `export async function userOf(cookie: string | undefined): Promise<string | undefined> {
      return /user=(\\w+)/.exec(cookie ?? '')?.[1];
    }`,
  ],
]);
