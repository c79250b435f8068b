import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readFits } from './fits.ts';
import { filesIn, named, realData, remove, temporary, zemosaic } from './program.ts';

const usable = realData !== null;
if (!usable) process.stderr.write('e2e: no real data (ZEMOSAIC_DATA), real-data suite skipped\n');

const place = realData ?? '';
let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

const filesOf = (folder: string) =>
  usable ? filesIn(join(place, folder)).filter((path) => /\.fits(\.gz)?$/.test(path)) : [];

describe.skipIf(!usable)('real files', () => {
  test.each([
    ['decam6', 6, 6],
    ['ninety-prime', 10, 10],
    ['galactic-center', 5, 0],
  ])('%s: every tile used, %d of them, %d with a weight map', async (folder, tiles, maps) => {
    const out = join(dir, `${folder}.fits`);
    const ran = await zemosaic(['mosaic', join(place, folder), '-o', out, '--report', '--json']);
    expect(ran.exit).toBe(0);
    expect(named(ran, 'run.done')[0]).toMatchObject({ tiles_used: tiles, tiles_skipped: 0 });
    const report = await Bun.file(join(dir, `${folder}.report.json`)).json();
    expect(report.tiles.filter((tile: { weight_map: string | null }) => tile.weight_map !== null).length).toBe(maps);
    const values = readFits(out)[0]?.values ?? new Float32Array();
    expect(values.some((value) => Number.isFinite(value))).toBe(true);
  });

  // One by one: each is made, or refused in one line that names it.
  for (const folder of ['odd', 'compressed', 'distorted']) {
    for (const path of filesOf(folder)) {
      test(`${folder}/${basename(path)} is made or refused`, async () => {
        const out = join(dir, `${folder}-${basename(path).replace(/\.gz$/, '')}`);
        const ran = await zemosaic(['mosaic', path, '-o', out, '--json']);
        expect([0, 3]).toContain(ran.exit);
        expect(existsSync(out)).toBe(ran.exit === 0);
        const last = ran.events.at(-1);
        expect(last?.event).toBe(ran.exit === 0 ? 'run.done' : 'run.failed');
        if (ran.exit === 3) expect(String(last?.message)).toContain(basename(path));
      });
    }
  }

  test('the same pixels, however they are compressed', async () => {
    const plain = join(dir, 'm13-plain.fits');
    const argv = ['--kernel', 'nearest', '--like', join(place, 'compressed/m13.fits')];
    expect((await zemosaic(['reproject', join(place, 'compressed/m13.fits'), ...argv, '-o', plain])).exit).toBe(0);
    const wanted = readFits(plain)[0]?.values ?? new Float32Array();
    for (const name of ['m13_rice.fits', 'm13_gzip.fits', 'm13_plio.fits']) {
      const out = join(dir, `like-${name}`);
      expect((await zemosaic(['reproject', join(place, 'compressed', name), ...argv, '-o', out])).exit).toBe(0);
      expect(readFits(out)[0]?.values).toEqual(wanted);
    }
  });

  test('text headers as --like: each gives a grid or a reason', async () => {
    const tile = filesOf('compressed').find((path) => path.endsWith('/m13.fits')) ?? '';
    for (const header of filesIn(join(place, 'headers'))) {
      const ran = await zemosaic(['plan', tile, '--like', header, '--json']);
      const said = ran.exit === 0 ? named(ran, 'plan').length === 1 : ran.exit === 3 && ran.events.length > 0;
      expect(`${basename(header)} ${said}`).toBe(`${basename(header)} true`);
    }
  }, 60_000);
});
