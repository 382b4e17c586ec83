import { posix } from 'node:path';
import type { SourceFacts } from './source-facts.ts';

/** A package's manifest, as far as the rules read it. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Which of our packages each may import; those after `type` only for their types. */
const arrows: Readonly<
  Record<string, { readonly value: readonly string[]; readonly type?: readonly string[] }>
> = {
  core: { value: [] },
  codec: { value: [], type: ['core'] },
  handler: { value: ['core', 'codec'] },
  node: { value: ['handler', 'core'] },
  fetch: { value: ['handler', 'core'] },
  express: { value: ['node'] },
  next: { value: ['fetch'] },
  client: { value: ['codec'], type: ['core'] },
  react: { value: ['client'] },
  websocket: { value: ['handler'], type: ['core'] },
  socket: { value: ['handler'], type: ['core'] },
  metrics: { value: ['handler'], type: ['core'] },
  opentelemetry: { value: ['handler', 'metrics'], type: ['core'] },
  inspector: { value: ['core', 'handler', 'node'] },
  cli: { value: ['client'], type: ['core'] },
  create: { value: [] },
  devtools: { value: [], type: ['client'] },
  redis: { value: [], type: ['core'] },
  nats: { value: [], type: ['core'] },
  testkit: { value: ['core', 'codec', 'handler', 'node'] },
  cometkit: {
    value: [
      'node',
      'express',
      'fetch',
      'next',
      'client',
      'react',
      'websocket',
      'socket',
      'metrics',
      'redis',
      'nats',
      'opentelemetry',
    ],
  },
};

/** What packages share, such as the checks of options and of what JSON would lose: pure, and no way into the rest of core. */
const forAll = new Set([
  '@cometkit/core/check-options',
  '@cometkit/core/check-data',
  '@cometkit/core/engine-kit',
]);

const webOnly = new Set([
  'core',
  'codec',
  'handler',
  'client',
  'fetch',
  'react',
  'metrics',
  'devtools',
  'opentelemetry',
]);
const pure = new Set(['core', 'codec']);
const impure = [
  'Math.random',
  'Date',
  'performance',
  'process',
  'console',
  'crypto',
  'setTimeout',
  'setInterval',
];
const frameworks = new Set([
  'express',
  'express4',
  'connect',
  'fastify',
  'koa',
  'hono',
  'next',
  'react',
  'ws',
]);
// What is parsed or made when it is first read, and then kept; and a promise whose reader takes its failure over.
const lazyGetters = new Set([
  'core/src/event.ts data',
  'core/src/event.ts cursor',
  'client/src/subscription.ts ready',
]);
const maxLines = 300;
const consoles = new Set(['client/src/surroundings.ts', 'handler/src/warnings.ts']);

/** Every breach of the architecture in one file, one sentence each. */
export function fileFaults(facts: SourceFacts, manifest: Manifest): string[] {
  const where = `${facts.package}/src/${facts.path}`;
  const faults = facts.imports.map((found) => importFault(facts, found.specifier, found.typeOnly, manifest));
  if (facts.lines > maxLines) faults.push(`has ${facts.lines} lines, more than ${maxLines}`);
  // A getter that reads all headers anew at each access; the plain ones are parsed once.
  if (facts.members.has('headersDistinct') || facts.names.has('headersDistinct'))
    faults.push('uses headersDistinct');
  // Where nobody listens to errors, a page or a server has nothing else.
  if (facts.names.has('console') && !consoles.has(where)) faults.push('uses console');
  for (const name of facts.changingGetters)
    if (!lazyGetters.has(`${where} ${name}`)) faults.push(`changes something in the getter ${name}`);
  if (pure.has(facts.package)) {
    faults.push(
      ...facts.moduleVariables.map((name) => `has the variable ${name} at the level of the module`),
    );
    faults.push(
      ...impure.filter((name) => name !== 'console' && facts.names.has(name)).map((name) => `uses ${name}`),
    );
  }
  return faults.filter((fault) => fault !== undefined).map((fault) => `${where} ${fault}`);
}

function importFault(
  facts: SourceFacts,
  specifier: string,
  typeOnly: boolean,
  manifest: Manifest,
): string | undefined {
  if (specifier.startsWith('.')) return relativeFault(facts, specifier);
  if (specifier.startsWith('node:')) {
    return webOnly.has(facts.package) ? `imports ${specifier}, but runs where there is no Node` : undefined;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (name.startsWith('@cometkit/') && !forAll.has(specifier)) {
    const fault = arrowFault(facts.package, name.slice('@cometkit/'.length), typeOnly);
    if (fault !== undefined) return fault;
  } else if (facts.package === 'handler' && frameworks.has(name)) return `imports the framework ${name}`;
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  return Object.hasOwn(declared, name) ? undefined : `imports ${name}, which its package.json does not name`;
}

// What only clients of the original need is reached through the interfaces of the dialects.
function isForeign(facts: SourceFacts, target: string): boolean {
  const folder = 'dialects/classic/';
  return (
    target.startsWith(folder) && !facts.path.startsWith(folder) && posix.dirname(facts.path) !== 'dialects'
  );
}

function relativeFault(facts: SourceFacts, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(facts.path), specifier);
  if (facts.package === 'handler' && isForeign(facts, target))
    return `imports ${specifier}, which only dialects know`;
  if (posix.join(posix.dirname(facts.path), specifier).startsWith('..'))
    return `imports ${specifier} outside its src`;
  return specifier.endsWith('.ts') ? undefined : `imports ${specifier} without .ts`;
}

function arrowFault(from: string, to: string, typeOnly: boolean): string | undefined {
  const allowed = arrows[from];
  if (allowed === undefined) return `is in ${from}, which has no row in the table of arrows`;
  if (allowed.value.includes(to) || (typeOnly && allowed.type?.includes(to))) return undefined;
  return allowed.type?.includes(to)
    ? `imports more than types from ${to}`
    : `imports ${to}, against the arrows`;
}

/** The cycles among the files of one package, type imports included, each as the road round; empty when none. */
export function cycles(files: readonly SourceFacts[]): string[] {
  return roads(new Map(files.map((file) => [file.path, relativeTargets(file)])));
}

function roads(graph: ReadonlyMap<string, Iterable<string>>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, road: readonly string[]): void => {
    const start = road.indexOf(path);
    if (start >= 0) found.push([...road.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...road, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return found;
}

function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : '';
}

/** The cycles among the folders of one package, each as the road round. What lies beside the folders belongs to all of them. */
export function folderCycles(files: readonly SourceFacts[]): string[] {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    const from = folderOf(file.path);
    const known = folders.get(from) ?? new Set<string>();
    for (const to of relativeTargets(file).map(folderOf))
      if (to !== from && to !== '' && from !== '') known.add(to);
    folders.set(from, known);
  }
  return roads(folders);
}

function relativeTargets(file: SourceFacts): string[] {
  return file.imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => posix.join(posix.dirname(file.path), specifier));
}
