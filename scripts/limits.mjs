// Writes docs/guides/limits.md: every limit of every package, out of the rules of the options, their doc comments and the constants
// of the sources. `node scripts/limits.mjs`; with --check it only compares. A test does that too.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { consequences, fixed, units } from './limits/consequences.mjs';
import { root } from './workspace.mjs';

const page = 'docs/guides/limits.md';
const numeric = new Set(['count', 'whole', 'positive', 'wait']);

const sections = [
  [
    'A hub',
    '`comet({ hub: { … } })`, `createHub({ … })`',
    'packages/core/src/options.ts',
    'HubLimits',
    'hubRules',
  ],
  ['The log of a hub', '`hub: { log: { … } }`', 'packages/core/src/options.ts', 'LogLimits', 'logRules'],
  [
    'The last values of a hub',
    '`hub: { lastValues: { … } }`',
    'packages/core/src/options.ts',
    'LastValuesLimits',
    'lastValuesRules',
  ],
  [
    'Requests',
    '`comet({ … })`, `createNodeHandler(hub, { … })`, `createFetchHandler(hub, { … })`',
    'packages/handler/src/options.ts',
    'HandlerOptions',
    'handlerRules',
  ],
  [
    'How fast one address may join',
    '`comet({ joinRate: { … } })`',
    'packages/handler/src/rate-limit.ts',
    'JoinRate',
    'joinRateRules',
    'packages/handler/src/options.ts',
  ],
  [
    'Clients of the original Pushlet',
    '`comet({ … })`',
    'packages/handler/src/dialects/classic/options.ts',
    'ClassicOptions',
    'classicRules',
  ],
  [
    'WebSocket',
    '`attachWebSocket(server, push, { … })`',
    'packages/websocket/src/options.ts',
    'WebSocketOptions',
    'rules',
  ],
  [
    'TCP',
    '`createXmlSocketServer(push, { … })`',
    'packages/socket/src/options.ts',
    'XmlSocketOptions',
    'xmlSocketRules',
  ],
  [
    'UDP',
    '`createDatagramServer(push, { … })`',
    'packages/socket/src/options.ts',
    'DatagramOptions',
    'datagramRules',
  ],
  [
    'The push server',
    '`createPushServer(server, push, { … })`',
    'packages/node/src/push-server/push-server.ts',
    'PushServerOptions',
    'rules',
  ],
  [
    'The client',
    '`createClient(url, { … })`',
    'packages/client/src/options.ts',
    'ClientOptions',
    'clientRules',
  ],
];

function parsed(file) {
  return ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
}

/** The options of a table of rules that take a number. */
function numericOptions(file, table) {
  for (const statement of parsed(file).statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (name.getText() !== table || !initializer || !ts.isObjectLiteralExpression(initializer)) continue;
      return initializer.properties
        .filter(ts.isPropertyAssignment)
        .filter((property) => numeric.has(property.initializer.getText()))
        .map((property) => property.name.getText());
    }
  }
  throw new Error(`${file} has no table ${table}`);
}

/** The doc comments of the members of an interface, by name. */
function docsOf(file, type) {
  const found = parsed(file).statements.find(
    (node) => ts.isInterfaceDeclaration(node) && node.name.text === type,
  );
  if (!found || !ts.isInterfaceDeclaration(found)) throw new Error(`${file} has no interface ${type}`);
  const members = found.members.map((member) => [member.name?.getText() ?? '', member]);
  return new Map(/** @type {[string, ts.TypeElement][]} */ (members));
}

const joined = (comment) => (ts.getTextOfJSDocComment(comment) ?? '').replaceAll(/\s+/g, ' ').trim();

// Where a comment names no default, one constant of the file holds it.
function heldBy(file, name) {
  const source = readFileSync(join(root, file), 'utf8');
  return new RegExp(`\\b${name}: ([\\d_]+)\\b`).exec(source)?.[1]?.replaceAll('_', ' ') ?? '';
}

/** Splits what stands behind `@defaultValue` into the figure and its unit. */
function defaultOf(member, file) {
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'defaultValue');
  const text = joined(tag?.comment) || heldBy(file, member.name.getText());
  const [, figure = text, rest = ''] = /^(\d[\d ,]*?(?: to \d[\d ]*?)?)(?: ([^\d ].*))?$/.exec(text) ?? [];
  return { figure: figure.trim().replaceAll(',', ' '), unit: rest.replace(/[,:;].*$/, '').trim() };
}

/** @param {string[]} section */
function rowsOf([, , file = '', type = '', table, rulesFile = file]) {
  const members = docsOf(file, type);
  const known = consequences[type] ?? {};
  const names = numericOptions(rulesFile, table);
  const unsaid = names.filter((name) => known[name] === undefined);
  const gone = Object.keys(known).filter((name) => !names.includes(name));
  if (unsaid.length + gone.length > 0)
    throw new Error(`scripts/limits/consequences.mjs, ${type}: add ${unsaid}; take away ${gone}`);
  return names.map((name) => {
    const { figure, unit } = defaultOf(members.get(name), file);
    return [`\`${name}\``, figure, units[`${type}.${name}`] ?? unit, known[name]];
  });
}

/** The number that a constant of the sources has. */
function constant(file, name) {
  const found = new RegExp(`^(?:export )?const ${name} = ([\\d_]+);`, 'm').exec(
    readFileSync(join(root, file), 'utf8'),
  );
  if (!found) throw new Error(`${file} has no constant ${name}`);
  return Number(found[1]?.replaceAll('_', '')).toLocaleString('en').replaceAll(',', ' ');
}

function tableOf(heads, rows) {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Every option with a limit: `{ type, option, figure, unit }`, for those who compare it with the running program. */
export function allLimits() {
  return sections.flatMap((section) =>
    rowsOf(section).map(([option = '', figure, unit]) => ({
      type: section[3],
      option: option.replaceAll('`', ''),
      figure,
      unit,
    })),
  );
}

/** The whole page. @throws an option has no sentence, or a sentence no option. */
export function limitsPage() {
  const parts = sections.map((section) => {
    const [title, where] = section;
    return `## ${title}\n\n${where}\n\n${tableOf(['option', 'default', 'unit', 'at the limit'], rowsOf(section))}\n`;
  });
  const constants = fixed.map(([file = '', name = '', what = '', then = '']) => [
    what,
    constant(file, name),
    then,
  ]);
  return `---
title: Limits
---

<!-- Written by scripts/limits.mjs from the sources: change those. -->

# Every limit, its default, and what happens at it

The defaults are safe for a server on the public Internet. What is refused with a name is named in the
[log](metrics.md#what-the-log-says) too, each kind once in ten minutes. What each code means: [Errors](../errors.md).

${parts.join('\n')}
## Fixed

${tableOf(['what', 'limit', 'at the limit'], constants)}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = limitsPage();
  const current = () => readFileSync(join(root, page), 'utf8').replaceAll('\r\n', '\n') === text;
  if (!process.argv.includes('--check')) writeFileSync(join(root, page), text);
  else if (!current()) {
    console.error(`${page} is not current: node scripts/limits.mjs`);
    process.exitCode = 1;
  }
}
