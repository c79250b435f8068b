import { afterAll, beforeAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Canvas } from './canvas.ts';
import { readFits } from './fits.ts';
import { named, remove, temporary, zemosaic } from './program.ts';

let dir = '';
let canvas: Canvas;
beforeAll(() => {
  dir = temporary();
  canvas = new Canvas(dir, 60, 50);
});
afterAll(() => remove(dir));

const pixel = 15 * 60 + 15;
const image = (name: string, value: number, more = {}) =>
  canvas.tile(name, [5, 5], {
    width: 40,
    height: 30,
    value: (x, y) => value + ((x * 7 + y * 3) % 5) / 100,
    cards: {},
    ...more,
  });

async function mosaic(pattern: string, ...words: string[]) {
  const out = join(dir, 'out.fit');
  const fixed = ['--like', canvas.like, '-o', out, '--match-background', 'none', '--kernel', 'nearest', '--force'];
  const ran = await zemosaic(['mosaic', join(dir, pattern), ...words, ...fixed, '--json']);
  if (ran.exit !== 0) throw new Error(ran.err);
  const [sky, coverage] = readFits(out);
  const said = (event: string) => named(ran, event).map(({ code, message }) => `${code}: ${message}`);
  return {
    tiles: Number(sky?.cards.NCOMBINE),
    weight: coverage?.values[pixel] ?? 0,
    infos: said('info').filter((line) => line.startsWith('sidecar')),
    warnings: said('warning'),
  };
}

test('Spitzer: states of one exposure are told, and the one that is kept has its own errors', async () => {
  image('S_1_bcd.fits', 5);
  image('S_1_bunc.fits', 0.2);
  image('S_1_cbcd.fits', 5.01);
  image('S_1_cbunc.fits', 0.1);
  const both = await mosaic('S_*.fits');
  expect(both.tiles).toBe(2);
  expect(both.infos).toEqual([
    'sidecar_inputs: 2 error maps of other inputs, not tiles (S_1_bunc.fits, S_1_cbunc.fits)',
  ]);
  expect(both.warnings.filter((line) => /several_states|two_maps|copies/.test(line))).toEqual([
    expect.stringMatching(
      /^several_states: 1 exposure in .* \(bcd, cbcd\).*keep one state, as with --exclude '\*_bcd\.fits'$/,
    ),
  ]);
  const kept = await mosaic('S_*.fits', '--exclude', '*_bcd.fits');
  expect(kept.tiles).toBe(1);
  expect(kept.warnings.filter((line) => line.includes('states'))).toEqual([]);
  const error = readFits(join(dir, 'S_1_cbunc.fits'))[0]?.values[10 * 40 + 10] ?? 0;
  expect(kept.weight).toBeCloseTo(error ** -2, 3);
});

test('JWST: labels under EXTNAME SCI are no sky; a plane under a name that nobody knows is told', async () => {
  image('jw_t001_i2d.fits', 5, { name: 'SCI' });
  image('jw_t001_segm.fits', 3, { name: 'SCI' });
  const { tiles, infos, warnings } = await mosaic('jw_*.fits');
  expect([tiles, infos.length, warnings]).toEqual([1, 1, []]);
  image('k.fits', 5, { cards: { BUNIT: 'Jy' } });
  image('k_glow.fits', 3);
  const other = await mosaic('k*.fits');
  expect(other.tiles).toBe(2);
  expect(other.warnings.filter((line) => line.startsWith('plane_like'))).toEqual([
    expect.stringContaining("'glow' behind it, lies on the very same sky and is without its BUNIT"),
  ]);
});
