import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clean, remove, sha256, temporary, zemosaic } from './program.ts';
import { gpus } from './protocol/protocol.ts';

const script = resolve(import.meta.dir, '../../packages/cli/bin/zemosaic.ts');
/** The unit of `ulimit -f`, bytes. */
const BLOCK = 512;

let dir = '';
let tiles = '';
let whole = '';
beforeAll(async () => {
  dir = temporary();
  tiles = join(dir, 'tiles');
  expect((await zemosaic(['demo', '-o', dir])).exit).toBe(0);
  whole = join(dir, 'whole.fits');
  expect((await zemosaic(['mosaic', tiles, '-o', whole, '--reproducible'])).exit).toBe(0);
});
afterAll(() => remove(dir));

/** A run in which every write beyond `bytes` of a file fails, as on a full disk. */
function limited(bytes: number, out: string, argv: string[], environment: Record<string, string>) {
  const words = ['mosaic', tiles, '-o', out, '--reproducible', '--chunk-rows', '200', ...argv];
  const limit = `trap '' XFSZ; ulimit -f ${Math.floor(bytes / BLOCK)}; exec "$@"`;
  return Bun.spawnSync(['sh', '-c', limit, 'sh', process.execPath, script, ...words], {
    env: { ...clean, ...environment },
    stdout: 'pipe',
    stderr: 'pipe',
  });
}

describe.skipIf(process.platform === 'win32').each([{ name: 'cpu', environment: {} }, ...gpus])(
  'writes that fail on $name',
  ({ name, environment }) => {
    test('wherever the disk ends: exit 5, one line that names the file, no output; with space the right bytes', async () => {
      const out = join(dir, `limited-${name}.fits`);
      const size = statSync(whole).size;
      const argv = ['--backend', name, '--no-resume'];
      for (const part of [0, 0.001, 0.2, 0.45, 0.7, 0.9, 0.999]) {
        const ran = limited(size * part, out, argv, environment);
        expect(`${part} ${ran.exitCode} ${existsSync(out)}`).toBe(`${part} 5 false`);
        const errors = `${ran.stderr}`.split('\n').filter((line) => line.startsWith('error'));
        expect(errors.length).toBe(1);
        expect(errors[0]).toContain(`limited-${name}.fits`);
      }
      // Channel by channel, drafts of coverage and alpha take 5 bytes per pixel in addition to the 17 that stay.
      const room = name === 'cpu' ? size : (size * 22) / 17;
      expect(limited(room + BLOCK, out, argv, environment).exitCode).toBe(0);
      expect(await sha256(out)).toBe(await sha256(whole));
    });
  },
);

describe('unusable places', () => {
  test('a folder in place of the output', async () => {
    const out = join(dir, 'folder.fits');
    mkdirSync(out);
    const ran = await zemosaic(['mosaic', tiles, '-o', out, '--force']);
    expect(ran.exit).toBe(5);
    expect(ran.err).toContain('folder.fits');
  });
});
