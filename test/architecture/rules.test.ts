import { describe, expect, it } from 'vitest';
import { cycles, fileFaults, folderCycles } from './rules.ts';
import { readFacts } from './source-facts.ts';

const manifest = {
  dependencies: { '@cometkit/core': '1', '@cometkit/handler': '1', '@cometkit/codec': '1', 'p-queue': '1' },
};

function faults(packageName: string, text: string, path = 'x.ts'): string[] {
  return fileFaults(readFacts(packageName, path, text), manifest);
}

describe('the rules for imports', () => {
  it.each([
    ['codec', "import type { Item } from '@cometkit/core';"],
    ['codec', "export type { Item } from '@cometkit/core';"],
    ['handler', "import { createHub } from '@cometkit/core';\nimport PQueue from 'p-queue';"],
    ['node', "import { createServer } from 'node:http';"],
    ['client', "import { checkOptions } from '@cometkit/core/check-options';"],
    ['client', "import { lostInJson } from '@cometkit/core/check-data';"],
    ['core', "import { Log } from './log.ts';\nimport { x } from '../y.ts';", 'a/x.ts'],
  ])('let %s write %j', (name, text, path = 'x.ts') => {
    expect(faults(name, text, path)).toEqual([]);
  });

  it.each([
    ['core', "import { encode } from '@cometkit/codec';", 'imports codec, against the arrows'],
    ['core', "import type { Handler } from '@cometkit/handler';", 'imports handler, against the arrows'],
    ['core', "export * from '@cometkit/handler';", 'imports handler, against the arrows'],
    ['core', "type H = import('@cometkit/handler').Handler;", 'imports handler, against the arrows'],
    ['core', "const h = await import('@cometkit/handler');", 'imports handler, against the arrows'],
    ['codec', "import { positionOf } from '@cometkit/core';", 'imports more than types from core'],
    ['codec', "import { type Item } from '@cometkit/core';", 'imports more than types from core'],
    ['express', "import { createHub } from '@cometkit/core';", 'imports core, against the arrows'],
    [
      'stray',
      "import { createHub } from '@cometkit/core';",
      'is in stray, which has no row in the table of arrows',
    ],
    ['handler', "import type { Request } from 'express';", 'imports the framework express'],
    ['node', "import ws from 'ws';", 'imports ws, which its package.json does not name'],
    [
      'node',
      "import x from 'p-queue/dist/queue.js';\nimport '@a/b/c';",
      'imports @a/b, which its package.json does not name',
    ],
    ['core', "import { x } from '../../codec/src/x.ts';", 'imports ../../codec/src/x.ts outside its src'],
    ['core', "import { x } from './x.js';", 'imports ./x.js without .ts'],
    ...['core', 'codec', 'handler', 'client'].map((name) => [
      name,
      "import { Buffer } from 'node:buffer';",
      'imports node:buffer, but runs where there is no Node',
    ]),
  ])('refuse in %s: %s', (name, text, fault) => {
    expect(faults(name, text)).toEqual([`${name}/src/x.ts ${fault}`]);
  });
});

describe('the rules for globals', () => {
  it.each([
    ['core', 'const r = Math.random();', 'Math.random'],
    ['core', 'const t = Date.now();', 'Date'],
    ['codec', 'const t = new Date();', 'Date'],
    ['core', 'const t = performance.now();', 'performance'],
    ['codec', 'const e = process.env;', 'process'],
    ['core', 'console.log(1);', 'console'],
    ['handler', 'console.log(1);', 'console'],
    ['node', 'const h = request.headersDistinct;', 'headersDistinct'],
    ['node', "const h = request['headersDistinct'];", 'headersDistinct'],
    ['node', 'const { headersDistinct } = request;', 'headersDistinct'],
    ['node', 'const { headersDistinct: headers } = request;', 'headersDistinct'],
  ])('refuse in %s: %s', (name, text, used) => {
    expect(faults(name, text)).toEqual([`${name}/src/x.ts uses ${used}`]);
  });

  it('let core speak of such names in comments, strings and members', () => {
    const text =
      "// Date.now() is not for us\nconst t = runtime.performance + 'process' + { console: 1 }.console;";
    expect(faults('core', `${text}\ninterface R { Date: string }`)).toEqual([]);
  });

  it('let handler read the clock', () => {
    expect(faults('handler', 'const t = performance.now() + Date.now();')).toEqual([]);
  });
});

describe('the rules for files', () => {
  it('refuse the 301st line', () => {
    expect(faults('core', 'f();\n'.repeat(300))).toEqual([]);
    expect(faults('core', 'f();\n'.repeat(301))).toEqual(['core/src/x.ts has 301 lines, more than 300']);
  });

  it('refuse a cycle, also one of types through a folder', () => {
    const a = readFacts('core', 'a.ts', "import type { B } from './sub/b.ts';");
    const b = readFacts('core', 'sub/b.ts', "import { c } from './c.ts';");
    const c = readFacts('core', 'sub/c.ts', "export { a } from '../a.ts';");
    expect(cycles([a, b, c])).toEqual(['a.ts → sub/b.ts → sub/c.ts → a.ts']);
    expect(cycles([b, c])).toEqual([]);
  });
});

describe('the rules for habits', () => {
  it.each([
    ['core', 'let count = 0;', 'has the variable count at the level of the module'],
    ['codec', 'export let a = 1, b = 2;', 'has the variable a at the level of the module'],
    ['node', 'class A { get x() { return (this.y = 1); } }', 'changes something in the getter x'],
    ['core', 'class A { get x() { this.#n += 1; return 1; } }', 'changes something in the getter x'],
    ['core', 'class A { get x() { return this.#n++; } }', 'changes something in the getter x'],
    ['core', 'class A { get x() { return (this.#y ??= 1); } }', 'changes something in the getter x'],
    ['core', 'class A { get x() { delete this.y; } }', 'changes something in the getter x'],
    ['node', 'class A { get x() { return this.#list.pop(); } }', 'changes something in the getter x'],
    ['node', 'class A { get x() { this.leave(); return 1; } }', 'changes something in the getter x'],
    [
      'handler',
      "import { c } from './dialects/classic/cut.ts';",
      'imports ./dialects/classic/cut.ts, which only dialects know',
    ],
  ])('refuse in %s: %s', (name, text, fault) => {
    expect(faults(name, text)[0]).toBe(`${name}/src/x.ts ${fault}`);
  });

  it.each([
    ['node', 'let count = 0;'],
    ['core', 'const a = 1; function f() { let b = 0; b += 1; return b; }'],
    ['core', 'class A { get x() { return this.y === 1; } set x(v) { this.y = v; } }'],
  ])('let %s write %s', (name, text) => {
    expect(faults(name, text)).toEqual([]);
  });

  it('keep the modern dialect from the classic one', () => {
    const text = "import { c } from '../classic/cut.ts';";
    expect(faults('handler', text, 'dialects/modern/x.ts')).toEqual([
      'handler/src/dialects/modern/x.ts imports ../classic/cut.ts, which only dialects know',
    ]);
  });

  it('let dialects import the classic one', () => {
    expect(faults('handler', "import { c } from './classic/cut.ts';", 'dialects/index.ts')).toEqual([]);
  });

  it('find folders that import each other', () => {
    const files = [
      readFacts('x', 'a/one.ts', "import '../b/two.ts';"),
      readFacts('x', 'b/three.ts', "import '../a/four.ts';"),
      readFacts('x', 'root.ts', "import './a/one.ts';"),
      readFacts('x', 'a/four.ts', "import '../root.ts';"),
    ];
    expect(folderCycles(files)).toEqual(['a → b → a']);
  });
});
