import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { sky, writeFits } from './fits.ts';
import { makeHostile } from './hostile.ts';
import { clean, events, remove, root, temporary } from './program.ts';

const launcher = join(root, 'packages/cli/bin/zemosaic');
/** The ways to start the command in a clone. */
const ways = { 'packages/cli/bin': launcher, 'node_modules/.bin': join(root, 'node_modules/.bin/zemosaic') };

let dir = '';
let hostile = '';
beforeAll(() => {
  dir = temporary();
  const values = { width: 40, height: 30, cards: sky(40, 30, [10, 20]), value: (x: number, y: number) => x + y };
  hostile = join(dir, 'hostile');
  for (const name of ['hostile', 'plain', 'gone', 'tuiles-é']) mkdirSync(join(dir, name));
  for (const name of ['hostile', 'plain', 'tuiles-é']) writeFits(join(dir, name, 't.fits'), values);
  makeHostile(hostile);
});
afterAll(() => remove(dir));

function run(words: string[], cwd: string, env: Record<string, string | undefined> = clean) {
  const ran = Bun.spawnSync(words, { cwd, env, stdout: 'pipe', stderr: 'pipe' });
  return { exit: ran.exitCode, out: `${ran.stdout}`, err: `${ran.stderr}` };
}

// Windows has no sh: what its shims run is tried when a release is made.
describe.skipIf(process.platform === 'win32')('the folder that the command is run in', () => {
  for (const [name, command] of Object.entries(ways)) {
    test(`runs no code, sets nothing and says nothing, by ${name}`, () => {
      const words = [command, 'mosaic', 't.fits', '-o', 'm.fits', '--json', '--reproducible'];
      const made = run(words, hostile);
      expect(existsSync(join(hostile, 'RAN'))).toBe(false);
      expect(made).toMatchObject({ exit: 0, err: expect.not.stringMatching(/evil|tsconfig|package|error/i) });
      expect(events(made.out)[0]).toMatchObject({
        options: { kernel: 'bilinear', force: false },
        origins: { kernel: 'default', force: 'default' },
      });
      expect(made.out).not.toContain('ZEMOSAIC_UNKNOWN');
      // The folder is the one that relative paths mean.
      expect(existsSync(join(hostile, 'm.fits'))).toBe(true);
      remove(join(hostile, 'm.fits'));
    });
  }

  test('would run code without the launcher: the hostile files are such', () => {
    run([process.execPath, join(root, 'packages/cli/bin/zemosaic.ts'), '--version'], hostile);
    expect(existsSync(join(hostile, 'RAN'))).toBe(true);
    remove(join(hostile, 'RAN'));
  });

  test('variables of the environment count', () => {
    const made = run([launcher, 'mosaic', 't.fits', '-o', 'n.fits', '--json'], hostile, {
      ...clean,
      ZEMOSAIC_KERNEL: 'bicubic',
    });
    expect(events(made.out)[0]).toMatchObject({
      options: { kernel: 'bicubic' },
      origins: { kernel: 'environment' },
    });
  });

  test('may have any name, and a link may lead to the command', () => {
    const link = join(dir, 'zemosaic');
    symlinkSync(launcher, link);
    const environment = { PATH: `${join(root, 'node_modules/.bin')}:/usr/bin:/bin` };
    for (const folder of ['plain', 'tuiles-é'])
      expect(run([link, 'inspect', 't.fits', '--json'], join(dir, folder), environment)).toMatchObject({ exit: 0 });
    const odd = `mkdir "$(printf 'l\\351')" && cd l* && cp ../plain/t.fits . && exec "$0" plan t.fits`;
    expect(run(['sh', '-c', odd, launcher], dir)).toMatchObject({ exit: 0 });
  });

  test('that is gone is an error of one line, and nothing is written elsewhere', () => {
    const gone = join(dir, 'gone');
    const words = ['sh', '-c', 'cd "$1" && rmdir "$1" && exec "$0" demo -o here', launcher, gone];
    const ran = run(words, dir);
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain('the current folder is gone');
    expect(existsSync(join(root, 'packages/cli/bin/here'))).toBe(false);
  });

  test('without Bun one line says what to do', () => {
    const copy = join(dir, 'plain', 'zemosaic');
    copyFileSync(launcher, copy);
    chmodSync(copy, 0o755);
    const ran = run([copy, '--version'], dir, { PATH: '/usr/bin:/bin', HOME: dir });
    expect(ran).toMatchObject({ exit: 127, out: '' });
    expect(ran.err).toMatch(/^error {2}zemosaic needs Bun, .*install.*\n$/);
  });
});
