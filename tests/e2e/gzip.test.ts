import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { readFits, writeFits } from './fits.ts';
import { remove, temporary, zemosaic } from './program.ts';

const dir = temporary();
afterAll(() => remove(dir));

const canvas = new Canvas(dir, 300, 60);
const plain = [0, 1, 2].map((at) =>
  canvas.tile(`${at}.fits`, [at * 90.3, 4.2], { width: 100, height: 50, value: (x, y) => 100 + at + ((x * y) % 13) }),
);
const packed = plain.map((path) => {
  writeFileSync(`${path}.gz`, Bun.gzipSync(readFileSync(path)));
  return `${path}.gz`;
});
const noSky = writeFits(join(dir, 'no-sky.fits'), { width: 9, height: 9, value: () => 1 });
writeFileSync(`${noSky}.gz`, Bun.gzipSync(readFileSync(noSky)));

/** Runs with a new folder for temporary files; returns the names of files that appeared in it. */
async function watched(words: string[]): Promise<{ exit: number; names: Set<string>; left: string[] }> {
  const folder = join(dir, `temporary-${words.length}`);
  mkdirSync(folder, { recursive: true });
  const names = new Set<string>();
  const watcher = watch(folder, (_, name) => {
    if (name?.endsWith('.fits')) names.add(name);
  });
  const { exit } = await zemosaic(words, { TMPDIR: folder });
  await Bun.sleep(50);
  watcher.close();
  return { exit, names, left: readdirSync(folder) };
}

describe.skipIf(process.platform !== 'linux')('gzip files', () => {
  const like = ['--like', canvas.like, '--reproducible'];

  test('are unpacked once in a run, into files that go with it, and give the pixels of plain ones', async () => {
    const [out, own] = [join(dir, 'packed-out.fits'), join(dir, 'plain-out.fits')];
    expect((await zemosaic(['mosaic', ...plain, ...like, '-o', own])).exit).toBe(0);
    const ran = await watched(['mosaic', ...packed, ...like, '-o', out]);
    expect(ran.exit).toBe(0);
    expect(ran.names.size).toBe(packed.length);
    expect(ran.left).toEqual([]);
    const values = (path: string) => readFits(path).map((image) => image.values.join());
    expect(values(out)).toEqual(values(own));
  });

  test('that are not tiles leave nothing behind, and neither does a failed run', async () => {
    const some = await watched(['mosaic', `${noSky}.gz`, ...packed, ...like, '-o', join(dir, 'some.fits')]);
    expect({ exit: some.exit, names: some.names.size, left: some.left }).toEqual({ exit: 0, names: 4, left: [] });
    const none = await watched(['mosaic', `${noSky}.gz`, ...like, '-o', join(dir, 'none.fits')]);
    expect({ exit: none.exit, names: none.names.size, left: none.left }).toEqual({ exit: 3, names: 1, left: [] });
  });

  test('are unpacked once by inspect, too', async () => {
    const seen = await watched(['inspect', `${noSky}.gz`, ...packed]);
    expect({ exit: seen.exit, names: seen.names.size, left: seen.left }).toEqual({ exit: 0, names: 4, left: [] });
  });
});
