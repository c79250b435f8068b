import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cards, holdsTogether, type Plane, readFits, sky, writeFits } from './fits.ts';
import { filesIn, named, remove, sha256, temporary, zemosaic } from './program.ts';

let dir = '';
beforeAll(() => {
  dir = temporary();
});
afterAll(() => remove(dir));

const at = (name: string) => join(dir, name);

function tile(
  name: string,
  center: [number, number],
  more: Partial<Plane> & { extra?: Cards; rotation?: number } = {},
) {
  const { extra, rotation, ...plane } = more;
  const [width, height] = [plane.width ?? 60, plane.height ?? 40];
  const cards = { ...sky(width, height, center, 1, rotation ?? 0), ...extra };
  return writeFits(at(name), { value: () => 7, ...plane, width, height, cards });
}

describe('mosaic', () => {
  test('two tiles of a constant sky give that constant, with coverage 2 where they overlap', async () => {
    const tiles = [tile('a.fits', [150, 30]), tile('b.fits', [150 + 20 / 3600 / Math.cos(Math.PI / 6), 30])];
    const out = at('constant.fits');
    const ran = await zemosaic(['mosaic', ...tiles, '-o', out, '--json']);
    expect(ran.exit).toBe(0);
    const hdus = readFits(out);
    const covered = holdsTogether(hdus);
    expect(covered).toBeGreaterThan(60 * 40);
    // A weighted mean in float32 may miss by its rounding, not by more.
    const off = hdus[0]?.values.filter((value) => Math.abs(value - 7) > 7 * 2e-7);
    expect(off?.length).toBe(0);
    expect([...new Set(hdus[1]?.values)].sort()).toEqual(expect.arrayContaining([1, 2]));
    expect(hdus.map((hdu) => hdu.cards.EXTNAME)).toEqual([undefined, 'COVERAGE', 'ALPHA']);
    const done = named(ran, 'run.done')[0];
    expect(done).toMatchObject({ outputs: [out], tiles_used: 2, tiles_skipped: 0 });
    const pixels = Number(hdus[0]?.width) * Number(hdus[0]?.height);
    expect(done?.coverage_fraction).toBeCloseTo(covered / pixels, 12);
  });

  test('nearest onto its own grid changes no bit', async () => {
    const value = (x: number, y: number) =>
      x === 5 && y === 6 ? Number.NaN : Math.fround(Math.sin(x * 1.3) * y + 0.5);
    const path = tile('self.fits', [10, -20], { rotation: 33, value });
    const out = at('self-out.fits');
    const ran = await zemosaic(['reproject', path, '--like', path, '-o', out, '--kernel', 'nearest']);
    expect(ran.exit).toBe(0);
    const hdus = readFits(out);
    holdsTogether(hdus);
    expect([...(hdus[0]?.values ?? [])]).toEqual([...(readFits(path)[0]?.values ?? [])]);
  });

  test('the same bytes for any chunk, thread count and memory', async () => {
    const value = (x: number, y: number, plane: number) => Math.fround(x * 0.37 + y * y * 0.011 + plane * 100);
    const tiles = [0, 1, 2].map((n) =>
      tile(`c${n}.fits`, [200 + n * 0.01, 60 + n * 0.004], {
        width: 90,
        height: 150,
        planes: 3,
        rotation: 17 * n,
        value,
      }),
    );
    const sums = new Set<string>();
    const variants = [
      [],
      ['--chunk-rows', '1'],
      ['--chunk-rows', '7', '--threads', '1'],
      ['--chunk-rows', '64', '--threads', '5'],
      ['--ram-mb', '16', '--threads', '3', '--no-sync'],
    ];
    for (const [n, variant] of variants.entries()) {
      const out = at(`same${n}.fits`);
      expect((await zemosaic(['mosaic', ...tiles, '-o', out, '--reproducible', ...variant])).exit).toBe(0);
      holdsTogether(readFits(out));
      sums.add(await sha256(out));
    }
    expect(sums.size).toBe(1);
    const other = at('other.fits');
    await zemosaic(['mosaic', ...tiles, '-o', other, '--reproducible', '--kernel', 'nearest']);
    sums.add(await sha256(other));
    expect(sums.size).toBe(2);
  });

  test('weights: keyword, map, none', async () => {
    const place: [number, number] = [80, 10];
    const heavy = tile('heavy.fits', place, { value: () => 1, extra: { NCOMBINE: 3 } });
    const light = tile('light.fits', place, { value: () => 5 });
    const centre = async (name: string, ...argv: string[]) => {
      const asTheyAre = ['--match-background', 'none'];
      const ran = await zemosaic(['mosaic', heavy, light, '-o', at(name), ...asTheyAre, ...argv]);
      expect(ran.exit).toBe(0);
      const [mosaic] = readFits(at(name));
      return mosaic?.values[20 * mosaic.width + 30];
    };
    expect(await centre('w1.fits')).toBe(2);
    expect(await centre('w2.fits', '--weights', 'none')).toBe(3);
    writeFits(at('light.weight.fits'), { width: 60, height: 40, value: () => 9 });
    expect(await centre('w3.fits')).toBeCloseTo((3 * 1 + 9 * 5) / 12, 6);
    remove(at('light.weight.fits'));
  });

  test('what a tile says arrives in the header; the header names no folder', async () => {
    const extra = { BUNIT: 'adu', FILTER: 'Ha', EXPTIME: 30, 'DATE-OBS': '2024-05-06T07:08:09' };
    const tiles = [tile('h1.fits', [5, 5], { extra }), tile('h2.fits', [5, 5], { extra: { ...extra, EXPTIME: 10 } })];
    const out = at('header.fits');
    const ran = await zemosaic(['mosaic', ...tiles, '-o', out, '--reproducible'], { SOURCE_DATE_EPOCH: '0' });
    expect(ran.exit).toBe(0);
    expect(readFits(out)[0]?.cards).toMatchObject({
      BUNIT: 'adu',
      FILTER: 'Ha',
      EXPTIME: 20,
      TEXPTIME: 40,
      NCOMBINE: 2,
      'DATE-OBS': '2024-05-06T07:08:09.000',
      DATE: '1970-01-01T00:00:00',
      CTYPE1: 'RA---TAN',
    });
    const text = readFileSync(out, 'latin1').slice(0, 20_000);
    expect(text).toContain('tile h1.fits');
    expect(text).not.toContain(dir);
  });

  test('--split writes three files of one HDU each, which a later run does not use as tiles', async () => {
    const path = tile('s.fits', [33, 44], { rotation: 20 });
    const out = at('split.fits');
    expect((await zemosaic(['mosaic', path, '-o', out, '--split'])).exit).toBe(0);
    const parts = ['split.fits', 'split.weight.fits', 'split.alpha.fits'].map((name) => readFits(at(name)));
    expect(parts.map((part) => part.length)).toEqual([1, 1, 1]);
    holdsTogether(parts.map((part) => part[0]));
    const again = await zemosaic([
      'mosaic',
      ...['split.fits', 'split.weight.fits', 'split.alpha.fits'].map(at),
      '-o',
      at('again.fits'),
      '--json',
    ]);
    expect(again.exit).toBe(0);
    expect(named(again, 'run.done')[0]).toMatchObject({ tiles_used: 1 });
  });

  test('fitsverify finds nothing to say', async () => {
    const verify = Bun.which('fitsverify');
    if (verify === null) {
      process.stderr.write('e2e: fitsverify is not installed, 1 check skipped\n');
      return;
    }
    for (const name of ['constant.fits', 'header.fits', 'split.fits', 'split.weight.fits', 'split.alpha.fits']) {
      const done = Bun.spawnSync([verify, '-q', at(name)]);
      expect(`${done.stdout}`.trim()).toBe(`verification OK: ${at(name)}`);
    }
  });
});

describe('trouble', () => {
  test('a truncated tile is skipped and named; --strict is exit 7', async () => {
    const good = tile('good.fits', [120, 0]);
    const short = tile('short.fits', [120, 0]);
    truncateSync(short, 2880 * 2);
    const argv = ['mosaic', good, short, '--json', '--force'];
    const ran = await zemosaic([...argv, '-o', at('t1.fits')]);
    expect(ran.exit).toBe(0);
    expect(named(ran, 'tile.skipped')[0]).toMatchObject({ path: short });
    expect((await zemosaic([...argv, '-o', at('t2.fits'), '--strict'])).exit).toBe(7);
    expect(existsSync(at('t2.fits'))).toBe(true);
  });

  test('nothing usable: exit 3 and no output', async () => {
    writeFileSync(at('text.fits'), 'this is not FITS');
    writeFileSync(at('nothing.fits'), '');
    for (const name of ['text.fits', 'nothing.fits']) {
      const ran = await zemosaic(['mosaic', at(name), '-o', at('none.fits')]);
      expect(ran.exit).toBe(3);
      expect(ran.err).toContain(name);
      expect(existsSync(at('none.fits'))).toBe(false);
    }
  });

  test('tiles on both sides of the sky: exit 4 at once, naming one', async () => {
    const tiles = [tile('n1.fits', [0, 0]), tile('n2.fits', [0.01, 0]), tile('far.fits', [170, 10])];
    const ran = await zemosaic(['mosaic', ...tiles, '-o', at('absurd.fits')]);
    expect(ran.exit).toBe(4);
    expect(ran.err).toMatch(/far\.fits lies \d+\.\d degrees/);
    expect(filesIn(dir).filter((path) => path.includes('absurd'))).toEqual([]);
  });

  test('a weight map of another shape costs its tile and says why', async () => {
    const path = tile('odd.fits', [1, 1]);
    writeFits(at('odd.wht.fits'), { width: 3, height: 3, value: () => 1 });
    const ran = await zemosaic(['mosaic', path, '-o', at('m.fits')]);
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('3 x 3 pixels, the tile 60 x 40');
  });

  test('colour and mono, a filter mosaic', async () => {
    const mixed = await zemosaic([
      'mosaic',
      tile('mono.fits', [1, 1]),
      tile('rgb.fits', [1, 1], { planes: 3 }),
      '-o',
      at('m.fits'),
    ]);
    expect(mixed.exit).toBe(3);
    expect(mixed.err).toMatch(/mono\.fits.*rgb\.fits/);
    const bayer = await zemosaic([
      'mosaic',
      tile('raw.fits', [1, 1], { extra: { BAYERPAT: 'RGGB' } }),
      '-o',
      at('m.fits'),
    ]);
    expect(bayer.exit).toBe(3);
    expect(bayer.err).toContain('BAYERPAT=RGGB');
  });

  test('output that exists, is an input, or has no folder', async () => {
    const path = tile('in.fits', [1, 1]);
    expect((await zemosaic(['mosaic', path, '-o', path, '--force'])).exit).toBe(2);
    writeFileSync(at('there.fits'), 'mine');
    const exists = await zemosaic(['mosaic', path, '-o', at('there.fits')]);
    expect(exists.exit).toBe(5);
    expect(readFileSync(at('there.fits'), 'utf8')).toBe('mine');
    expect((await zemosaic(['mosaic', path, '-o', at('no/such.fits')])).exit).toBe(5);
    expect((await zemosaic(['mosaic', path, '-o', at('there.fits'), '--force'])).exit).toBe(0);
    expect(readFits(at('there.fits')).length).toBe(3);
  });
});
