import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesOf, manifestOf, templateNames } from '../../packages/create/src/templates.ts';
import { pinned, root } from './pinned.ts';

const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

describe.each(templateNames)('the template %s', (template) => {
  const files = filesOf(template);
  const { dependencies, devDependencies, ...manifest } = JSON.parse(
    manifestOf(files.get('package.json') ?? '', 'my-app', version),
  );

  it('asks for the packages of this release, and for the others from what the tests run with on', () => {
    const ranges = Object.entries<string>({ ...dependencies, ...devDependencies });
    expect(ranges.filter(([name]) => name === 'cometkit')).toEqual([['cometkit', `^${version}`]]);
    for (const [name, range] of ranges) {
      const own = name === 'cometkit' || name.startsWith('@cometkit/');
      expect([name, range]).toEqual([name, `^${own ? version : pinned(name)}`]);
    }
  });

  it('is strict, is not published by mistake, and keeps what npm installs out of git', () => {
    expect(manifest).toMatchObject({
      name: 'my-app',
      private: true,
      type: 'module',
      engines: { node: '>=20.19.0' },
    });
    expect(files.get('tsconfig.json')).toContain('"strict": true');
    expect(files.get('.gitignore')).toContain('node_modules/\n');
    expect([...files.keys()].filter((path) => path.includes('_gitignore'))).toEqual([]);
  });

  it('has a page about itself with the two commands, and names only files and scripts that there are', () => {
    const text = files.get('README.md') ?? '';
    expect(text).toContain('```sh\nnpm install\nnpm run dev\n```');
    for (const [, file = ''] of text.matchAll(/^\| `([^`]+)`/gm)) expect([...files.keys()]).toContain(file);
    for (const [, script = ''] of text.matchAll(/npm run (\w+)/g))
      expect(Object.keys(manifest.scripts)).toContain(script);
  });
});
