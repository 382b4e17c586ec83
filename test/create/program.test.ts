import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeProject } from '../../packages/create/src/project.ts';
import { Desk } from './kit.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../packages/create/package.json', import.meta.url), 'utf8'),
);
const hostile = '\u001b]0;title\u0007\u001b[2J\u009b31m\r\u202e\u2028';
const names = ['express-ts', 'hono', 'next'];
const desks: Desk[] = [];
let desk: Desk;

function newDesk(): Desk {
  const made = new Desk();
  desks.push(made);
  return made;
}

beforeEach(() => {
  desk = newDesk();
});
afterEach(() => {
  for (const used of desks.splice(0)) used.close();
});

describe('create-cometkit', () => {
  it('says its version, and in its help every template and the exit codes', async () => {
    expect(await desk.type(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
    const { code, out, err } = await newDesk().type(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const name of names) expect(out).toMatch(new RegExp(`^  ${name} +\\w`, 'm'));
    expect(out).toContain('Exit codes: 0');
  });

  it('makes a project, and says what to type next', async () => {
    const { code, out, err } = await desk.type(['apps/my-app', '--template', 'hono']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('  cd apps/my-app\n  npm install\n  npm run dev\n');
    expect(JSON.parse(readFileSync(desk.path('apps/my-app/package.json'), 'utf8')).name).toBe('my-app');
  });

  it('makes it in the folder where one is, when that is empty', async () => {
    const env = { npm_config_user_agent: 'pnpm/10.1.0 node' };
    const { code, out } = await desk.type(['.', '-t', 'next'], { env });
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(desk.path('package.json'), 'utf8')).name).toBe('desk');
    expect(out).not.toContain('cd ');
    expect(out).toContain('pnpm install');
  });

  it('asks nothing away from a terminal, and says what is missing', async () => {
    for (const args of [[], ['my-app'], ['--template', 'next']]) {
      const { code, out, err } = await desk.type(args);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/must be given, such as: my-app --template express-ts\n$/);
    }
    expect(desk.files()).toEqual([]);
  });
});

describe('the questions of create-cometkit', () => {
  it('are for what was not given, and come again until the answer will do', async () => {
    writeFileSync(desk.path('taken'), '');
    const made = desk.type([], { tty: true });
    await desk.answer('Folder (my-app): ', 'My App\r');
    await desk.answer('try "my-app"', 'taken\r');
    await desk.answer('it is a file, or lies in one', 'shop\r');
    await desk.answer('Template (1): ', '7\r');
    await desk.answer('it is one of express-ts, hono, next', '2\r');
    expect((await made).code).toBe(0);
    expect(readFileSync(desk.path('shop/src/server.ts'), 'utf8')).toContain("from 'hono'");
  });

  it('take the first of what they offer for an empty answer, and a name for a number', async () => {
    const first = desk.type([], { tty: true });
    await desk.answer('Folder (my-app): ', '\r');
    await desk.answer('Template (1): ', '\r');
    expect((await first).code).toBe(0);
    expect(readFileSync(desk.path('my-app/src/server.ts'), 'utf8')).toContain("from 'express'");
    const second = desk.type(['other'], { tty: true });
    await desk.answer('Template (1): ', 'next\r');
    expect((await second).code).toBe(0);
    expect(desk.files()).toContain('other/app/page.tsx');
  });

  it.each([
    ['Ctrl+C', '\u0003'],
    ['Ctrl+D', '\u0004'],
  ])('end with nothing made at %s', async (_, key) => {
    const made = desk.type([], { tty: true });
    await desk.answer('Folder (my-app): ', key);
    expect(await made).toMatchObject({ code: 1, err: 'error: interrupted; nothing was made\n' });
    expect(desk.files()).toEqual([]);
  });

  it('end with nothing made when the program is to stop', async () => {
    const made = desk.type(['my-app'], { tty: true });
    await desk.answer('Template (1): ', '');
    desk.stop();
    expect((await made).code).toBe(1);
    expect(desk.files()).toEqual([]);
  });
});

describe('what create-cometkit refuses', () => {
  it.each([
    [['my-app', '--template', 'vue'], 2, 'Allowed choices are express-ts, hono, next'],
    [['my-app', 'next'], 2, 'npm needs -- before --template.'],
    [['my-app', '--tempalte', 'next'], 2, 'Did you mean --template?'],
    [['', '-t', 'next'], 2, 'a folder must be given'],
    [['My App', '-t', 'next'], 2, 'the name "My App" may have small letters'],
    [['My App', '-t', 'next'], 2, 'try "my-app"'],
    [['Köln', '-t', 'next'], 2, 'try "koln"'],
    [['.hidden', '-t', 'next'], 2, 'try "hidden"'],
    [['_app', '-t', 'next'], 2, 'try "app"'],
    [['日本', '-t', 'next'], 2, 'begins with a letter or a digit'],
    [['a'.repeat(215), '-t', 'next'], 2, 'is longer than 214 characters'],
    [['node_modules', '-t', 'next'], 2, 'is reserved'],
    [['nul', '-t', 'next'], 2, 'is reserved'],
    [['com1.app', '-t', 'next'], 2, 'is reserved'],
    [['app.', '-t', 'next'], 2, 'try "app"'],
    [['hono', '-t', 'hono'], 2, 'is the name of a package that it needs'],
    [['cometkit', '-t', 'next'], 2, 'is the name of a package that it needs'],
    [['/', '-t', 'next'], 2, 'the name "" may have'],
  ])('is %j, with the code %d and one line', async (args, expected, sentence) => {
    const { code, out, err } = await desk.type(args);
    expect([code, out]).toEqual([expected, '']);
    expect(err).toContain(sentence);
    expect(err.trimEnd()).not.toContain('\n');
    expect(desk.files()).toEqual([]);
  });

  it('is a folder that holds anything, which stays as it is', async () => {
    for (const [at, file] of ['.env', 'package.json', 'src/deep/x'].entries()) {
      mkdirSync(desk.path(`app${at}/src/deep`), { recursive: true });
      writeFileSync(desk.path(`app${at}`, file), 'mine');
      const before = desk.files();
      const { code, err } = await newDesk().type([desk.path(`app${at}`), '-t', 'express-ts']);
      expect([code, err]).toEqual([
        1,
        expect.stringContaining('the folder is not empty; choose another one'),
      ]);
      expect(desk.files()).toEqual(before);
    }
  });

  it('is a file, a way through a file, and a link that leads nowhere', async () => {
    writeFileSync(desk.path('file'), 'mine');
    symlinkSync(desk.path('nowhere'), desk.path('link'));
    for (const folder of ['file', 'file/app', 'link']) {
      const { code, err } = await newDesk().type([desk.path(folder), '-t', 'next']);
      expect([folder, code, err.trim().split('\n').length]).toEqual([folder, 1, 1]);
    }
    expect(readFileSync(desk.path('file'), 'utf8')).toBe('mine');
  });

  it.skipIf(process.getuid?.() === 0)('is a folder that may not be written to', async () => {
    mkdirSync(desk.path('closed'));
    chmodSync(desk.path('closed'), 0o500);
    const { code, err } = await desk.type(['closed/app', '-t', 'next']);
    expect([code, err]).toEqual([1, expect.stringContaining('no permission to write there')]);
  });

  it('is an old Node, before anything else', async () => {
    const { code, err } = await desk.type(['my-app', '-t', 'next'], { version: 'v18.20.4' });
    expect([code, err]).toEqual([1, 'error: CometKit needs Node.js 20.19 or later; this is v18.20.4\n']);
    expect(desk.files()).toEqual([]);
  });

  it('is told without what a terminal would obey', async () => {
    for (const args of [
      [hostile],
      [hostile, '-t', 'next'],
      [`--${hostile}`],
      ['a', '-t', hostile],
      ['a', 'b', hostile],
    ]) {
      const { code, err } = await newDesk().type(args);
      expect(code).toBe(2);
      expect(err.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    }
  });
});

describe('a project that cannot be written to its end', () => {
  const files = new Map([
    ['a.txt', 'a'],
    ['src/b.txt', 'b'],
    ['a.txt/c.txt', 'c'],
  ]);

  it('leaves nothing behind', () => {
    expect(() => writeProject(desk.path('deep/app'), files)).toThrow('something that is not a folder');
    expect(() => writeProject(desk.folder, files)).toThrow('something that is not a folder');
    expect(desk.files()).toEqual([]);
  });

  it('overwrites and removes nothing of what came to be there in the meantime', () => {
    mkdirSync(desk.path('src'));
    writeFileSync(desk.path('src/b.txt'), 'mine');
    expect(() => writeProject(desk.folder, files)).toThrow(/:/);
    expect(desk.files()).toEqual(['src/b.txt']);
    expect(readFileSync(desk.path('src/b.txt'), 'utf8')).toBe('mine');
  });
});
