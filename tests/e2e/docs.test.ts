import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clean, remove, temporary, zemosaic } from './program.ts';

const root = resolve(import.meta.dir, '../..');

let dir = '';
beforeAll(async () => {
  dir = temporary();
  const shim = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'packages/cli/bin/zemosaic.ts')}' "$@"\n`;
  writeFileSync(join(dir, 'zemosaic'), shim);
  chmodSync(join(dir, 'zemosaic'), 0o755);
  expect((await zemosaic(['demo', '-o', dir])).exit).toBe(0);
});
afterAll(() => remove(dir));

/** The shell blocks of a page, each with the line on which it begins. */
function blocks(page: string): { at: string; script: string }[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => ({
    at: `${page}:${text.slice(0, match.index).split('\n').length + 1}`,
    script: match[1] ?? '',
  }));
}

function run(script: string) {
  return Bun.spawnSync(['sh', '-euc', script], {
    cwd: dir,
    env: { ...clean, PATH: `${dir}:${process.env.PATH}` },
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

describe.skipIf(process.platform === 'win32')('what the pages say to type works', () => {
  test.each([...blocks('quick-start.md'), ...blocks('recipes.md')])('$at', ({ script }) => {
    const ran = run(script);
    expect(`${ran.exitCode} ${ran.exitCode === 0 ? '' : ran.stderr}`).toBe('0 ');
    for (const [, output = ''] of script.matchAll(/ -o (\S+\.fits)/g)) expect(existsSync(join(dir, output))).toBe(true);
  });

  test('a block that fails is noticed', () => {
    expect(run('zemosaic mosaic nothing -o x.fits\ntrue').exitCode).toBe(3);
  });

  test('every link leads somewhere', () => {
    const pages = [
      'README.md',
      'quick-start.md',
      'recipes.md',
      'coming-from.md',
      'events.md',
      'trust.md',
      'memory/README.md',
    ];
    for (const page of pages.map((name) => (name === 'README.md' ? name : join('docs', name)))) {
      const text = readFileSync(join(root, page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
        if (!target.includes('://'))
          expect(`${page} ${existsSync(join(root, page, '..', target))}`).toBe(`${page} true`);
      }
    }
  });
});
